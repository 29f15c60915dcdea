package io.github.etcdspring.test;

import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.refresh.ConfigurationStatus;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

@SpringBootTest(classes = WithEtcdIntegrationTests.Application.class, webEnvironment = WebEnvironment.NONE,
		properties = { "spring.application.name=orders", "spring.config.import=etcd:",
				"spring.cloud.etcd.endpoints=http://127.0.0.1:1", "spring.cloud.etcd.username=ignored",
				"spring.cloud.etcd.password=ignored" })
@WithEtcd(keys = "/config/orders/orders.limit=5", timeout = "60s")
class WithEtcdIntegrationTests {

	private static final String LIMIT = "/config/orders/orders.limit";

	@Autowired
	Orders orders;

	@Autowired
	DiscoveryClient discoveryClient;

	@Autowired
	ConfigRefresh refresh;

	@RepeatedTest(2)
	void startsWithTheKeysAndRestoresThemAfterEachTest(TestEtcd etcd) {
		assertThat(this.orders.getLimit()).isEqualTo(5);
		assertThat(this.orders.getCurrency()).isEqualTo("EUR");
		etcd.delete(LIMIT).awaitApplied();
		etcd.put("/config/orders/orders.currency", "CHF").awaitApplied();
		assertThat(this.orders.getLimit()).isEqualTo(1);
		assertThat(this.orders.getCurrency()).isEqualTo("CHF");
	}

	@Test
	void appliedWriteIsInUse(TestEtcd etcd) {
		for (int limit = 10; limit < 30; limit++) {
			etcd.put(LIMIT, String.valueOf(limit)).awaitApplied();
			assertThat(this.orders.getLimit()).isEqualTo(limit);
		}
		assertThat(etcd.get(LIMIT)).isEqualTo("29");
	}

	@Test
	void rejectedWriteFailsWithKeyAndReason(TestEtcd etcd) {
		TestWrite write = etcd.put(LIMIT, "secret");
		assertThatExceptionOfType(AssertionError.class).isThrownBy(write::awaitApplied)
			.withMessageContaining(LIMIT)
			.withMessageContaining("orders.limit")
			.withMessageContaining("cannot be converted")
			.withMessageNotContaining("secret");
		assertThat(this.orders.getLimit()).isEqualTo(5);
	}

	@Test
	void awaitsRejection(TestEtcd etcd) {
		ConfigurationStatus.Rejected rejected = etcd.put(LIMIT, "many").awaitRejected();
		assertThat(rejected.key()).isEqualTo(LIMIT);
		TestWrite valid = etcd.put(LIMIT, "6");
		assertThatExceptionOfType(AssertionError.class).isThrownBy(valid::awaitRejected)
			.withMessageContaining("not rejected but applied");
	}

	@Test
	void keyThatIsNotImportedFailsWithThePrefixes(TestEtcd etcd) {
		TestWrite write = etcd.put("/config/order/orders.limit", "6");
		assertThatIllegalStateException().isThrownBy(write::awaitApplied)
			.withMessageContaining("does not import the key /config/order/orders.limit")
			.withMessageContaining("/config/orders/");
	}

	@Test
	void instancesComeAndGo(TestEtcd etcd) {
		TestServiceInstance instance = etcd.register("stock", "127.0.0.1", 8081).awaitDiscovered();
		assertThat(this.discoveryClient.getInstances("stock")).extracting(ServiceInstance::getPort)
			.containsExactly(8081);
		instance.close();
		instance.awaitRemoved();
		assertThat(this.discoveryClient.getInstances("stock")).isEmpty();
	}

	@RepeatedTest(2)
	void instancesAreRemovedAfterEachTest(TestEtcd etcd) {
		assertThat(this.discoveryClient.getInstances("bills")).isEmpty();
		assertThat(etcd.register("bills", "127.0.0.1", 8082).awaitDiscovered().key())
			.isEqualTo("/services/bills/127.0.0.1:8082");
	}

	@Test
	void killedEtcdRestartsWithItsData(TestEtcd etcd) {
		etcd.put(LIMIT, "7").awaitApplied();
		etcd.kill();
		assertThatIllegalStateException().isThrownBy(() -> etcd.put(LIMIT, "8"))
			.withMessageContaining("killed")
			.withMessageContaining("restart()");
		assertThat(this.orders.getLimit()).isEqualTo(7);
		etcd.restart();
		assertThat(etcd.get(LIMIT)).isEqualTo("7");
		etcd.put(LIMIT, "8").awaitApplied();
		assertThat(this.orders.getLimit()).isEqualTo(8);
	}

	@Test
	void frozenEtcdDoesNotRespondUntilItIsThawed(TestEtcd etcd) {
		etcd.freeze();
		assertThatIllegalStateException().isThrownBy(() -> etcd.get(LIMIT))
			.withMessageContaining("frozen")
			.withMessageContaining("thaw()");
		etcd.thaw();
		etcd.put(LIMIT, "9").awaitApplied();
		assertThat(this.orders.getLimit()).isEqualTo(9);
	}

	@Test
	void applicationReceivesNothingWhileItsConnectionIsCut(TestEtcd etcd) {
		etcd.cut();
		TestWrite write = etcd.put(LIMIT, "11");
		assertThat(this.refresh.status().seenRevision()).isLessThan(write.revision());
		etcd.reconnect();
		write.awaitApplied();
		assertThat(this.orders.getLimit()).isEqualTo(11);
	}

	@ParameterizedTest
	@ValueSource(strings = { "kill", "freeze", "cut", "none" })
	void faultEndsAfterTheTest(String fault, TestEtcd etcd) {
		etcd.put(LIMIT, "12").awaitApplied();
		switch (fault) {
			case "kill" -> etcd.kill();
			case "freeze" -> etcd.freeze();
			case "cut" -> etcd.cut();
			default -> etcd.restart();
		}
		assertThat(this.orders.getLimit()).isEqualTo(12);
	}

	@Nested
	class InNestedClass {

		@Test
		void usesTheSameEtcdAndApplication(TestEtcd etcd, @Autowired TestEtcd bean) {
			assertThat(bean.endpoint()).isEqualTo(etcd.endpoint());
			bean.put(LIMIT, "13").awaitApplied();
			assertThat(WithEtcdIntegrationTests.this.orders.getLimit()).isEqualTo(13);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableConfigurationProperties(Orders.class)
	static class Application {

	}

	@ConfigurationProperties("orders")
	static class Orders {

		private int limit = 1;

		private String currency = "EUR";

		int getLimit() {
			return this.limit;
		}

		void setLimit(int limit) {
			this.limit = limit;
		}

		String getCurrency() {
			return this.currency;
		}

		void setCurrency(String currency) {
			this.currency = currency;
		}

	}

}
