package io.github.etcdspring.test;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

@WithEtcd(timeout = "60s")
class OwnApplicationIntegrationTests {

	@BeforeAll
	static void configure(TestEtcd etcd) {
		etcd.put("/config/orders/greeting", "hello");
	}

	@RepeatedTest(2)
	void keysOfTheClassRemainUntilItsEnd(TestEtcd etcd) {
		assertThat(etcd.get("/config/orders/greeting")).isEqualTo("hello");
		etcd.put("/config/orders/greeting", "moin");
	}

	@RepeatedTest(2)
	void moreKeysThanFitIntoATransactionAreRestored(TestEtcd etcd) {
		for (int batch = 0; batch < 3; batch++) {
			Map<String, String> keys = new HashMap<>();
			for (int i = 0; i < 100; i++) {
				keys.put("/many/" + batch + "/" + i, "new");
			}
			assertThat(keys.keySet()).allMatch((key) -> !key.endsWith("0") || etcd.get(key) == null);
			etcd.put(keys);
		}
		assertThat(etcd.get("/many/2/99")).isEqualTo("new");
	}

	@Test
	void waitsForAnApplicationThatTheTestStarts(TestEtcd etcd) {
		try (ConfigurableApplicationContext orders = start(etcd, "--spring.config.import=etcd:")) {
			assertThat(orders.getEnvironment().getProperty("greeting")).isEqualTo("hello");
			etcd.forApplication(orders).put("/config/orders/greeting", "good morning").awaitApplied();
			assertThat(orders.getEnvironment().getProperty("greeting")).isEqualTo("good morning");
		}
	}

	@Test
	void timeoutNamesTheFault(TestEtcd etcd) {
		try (ConfigurableApplicationContext orders = start(etcd, "--spring.config.import=etcd:")) {
			etcd.cut();
			TestWrite write = etcd.put("/config/orders/greeting", "unseen");
			ObservedApplication impatient = new ObservedApplication(SharedEtcd.of(""), () -> orders,
					Duration.ofMillis(50));
			assertThatExceptionOfType(AssertionError.class)
				.isThrownBy(() -> impatient.awaitApplied(Set.of("/config/orders/greeting"), write.revision()))
				.withMessageContaining("within 50 ms")
				.withMessageContaining("call reconnect()");
			etcd.reconnect();
		}
	}

	@Test
	void applicationThatImportsNothingIsReported(TestEtcd etcd) {
		try (ConfigurableApplicationContext orders = start(etcd)) {
			TestWrite write = etcd.forApplication(orders).put("/config/orders/greeting", "unused");
			assertThatIllegalStateException().isThrownBy(write::awaitApplied)
				.withMessageContaining("Add spring.config.import=etcd:");
		}
	}

	@Test
	void waitingWithoutAnApplicationIsReported(TestEtcd etcd) {
		TestWrite write = etcd.put("/config/orders/greeting", "unused");
		assertThatIllegalStateException().isThrownBy(write::awaitApplied).withMessageContaining("@SpringBootTest");
	}

	private static ConfigurableApplicationContext start(TestEtcd etcd, String... arguments) {
		return new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
			.properties("spring.application.name=orders", "spring.cloud.etcd.endpoints=" + etcd.endpoint())
			.run(arguments);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
