package io.github.etcdspring.actuate;

import java.time.Duration;
import java.util.List;

import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.ConfiguredApplication;
import io.github.etcdspring.testsupport.EtcdServer;
import io.micrometer.core.instrument.MeterRegistry;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.actuate.endpoint.IndicatedHealthDescriptor;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for {@link ConfigurationHealthIndicator} and
 * {@link ConfigurationMetrics}.
 */
class ConfigurationHealthIndicatorIntegrationTests {

	private static final String NUMBER = "/config/orders/numbers/number";

	@Test
	void reportsAppliedRevisionAndWhyANewerOneWasRejected() {
		try (EtcdServer etcd = EtcdServer.start();
				TestConnection connection = TestConnection.to(etcd.endpoint());
				ConfigurableApplicationContext context = ConfiguredApplication.run(etcd, "etcd:", List.of(Bound.class),
						"management.endpoint.health.show-details=always")) {
			within(5).until(() -> health(context).getStatus().equals(Status.UP));
			connection.put(NUMBER, "1");
			long good = etcd.revisionOf(NUMBER);
			within(5).until(() -> detail(context, "appliedRevision").equals(good));
			connection.put(NUMBER, "s3cret");
			within(5).until(() -> health(context).getStatus().equals(Status.UNKNOWN));
			assertThat(detail(context, "appliedRevision")).isEqualTo(good);
			assertThat(detail(context, "seenRevision")).isEqualTo(etcd.revisionOf(NUMBER));
			assertThat(detail(context, "rejected").toString())
				.contains("revision=" + etcd.revisionOf(NUMBER), "key=/config/orders/numbers/number", "reason=",
						"since=")
				.doesNotContain("s3cret");
			assertThat(counted(context, "applied")).isOne();
			assertThat(counted(context, "rejected")).isOne();
			within(5).until(() -> lag(context) > 0);
			connection.put(NUMBER, "2");
			within(5).until(() -> health(context).getStatus().equals(Status.UP));
			assertThat(counted(context, "applied")).isEqualTo(2);
			assertThat(lag(context)).isZero();
			assertThat(context.getBean(MeterRegistry.class)
				.get("etcd.config.revision")
				.tag("state", "applied")
				.gauge()
				.value()).isEqualTo((double) etcd.revisionOf(NUMBER));
			etcd.kill();
			within(10).until(() -> health(context).getDetails().containsKey("staleSince"));
			assertThat(health(context).getStatus()).isEqualTo(Status.UNKNOWN);
		}
	}

	private static double lag(ConfigurableApplicationContext context) {
		return context.getBean(MeterRegistry.class).get("etcd.config.lag").timeGauge().value();
	}

	private static double counted(ConfigurableApplicationContext context, String outcome) {
		return context.getBean(MeterRegistry.class)
			.get("etcd.config.changes")
			.tag("outcome", outcome)
			.functionCounter()
			.count();
	}

	private static Object detail(ConfigurableApplicationContext context, String name) {
		return health(context).getDetails().get(name);
	}

	private static IndicatedHealthDescriptor health(ConfigurableApplicationContext context) {
		return (IndicatedHealthDescriptor) context.getBean(HealthEndpoint.class).healthForPath("etcd", "configuration");
	}

	private static ConditionFactory within(int seconds) {
		return await().atMost(Duration.ofSeconds(seconds)).pollInterval(Duration.ofMillis(20));
	}

	@ConfigurationProperties("numbers")
	record Numbers(int number) {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(Numbers.class)
	static class Bound {

	}

}
