package io.github.etcdspring.actuate;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.github.etcdspring.client.ClusterStatus.Endpoint;
import io.github.etcdspring.client.ClusterStatus.Member;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.actuate.endpoint.HealthEndpointGroups;
import org.springframework.boot.health.actuate.endpoint.IndicatedHealthDescriptor;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class ClusterHealthIndicatorIntegrationTests {

	@SharedEtcd
	private static EtcdServer etcd;

	private static ConfigurableApplicationContext context;

	@BeforeAll
	static void start() {
		context = Applications.servlet(etcd, "healthy").run();
	}

	@AfterAll
	static void stop() {
		context.close();
	}

	@Test
	void showsEndpointsAndMembers() {
		Map<String, Object> details = awaitUp().getDetails();
		assertThat(details).containsOnlyKeys("endpoints", "members");
		assertThat(details.get("endpoints")).asInstanceOf(InstanceOfAssertFactories.list(Endpoint.class))
			.extracting(Endpoint::url)
			.containsExactly(etcd.endpoint());
		assertThat(details.get("members")).asInstanceOf(InstanceOfAssertFactories.list(Member.class))
			.singleElement()
			.matches(Member::leader);
	}

	@Test
	void reportsUnknownWithinTheTimeoutWhileEtcdIsFrozenAndTheApplicationIsUp() {
		awaitUp();
		etcd.freeze();
		try {
			long before = System.nanoTime();
			assertThat(context.getBean(HealthEndpoint.class).health().getStatus()).isEqualTo(Status.UP);
			assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(4));
			assertThat(cluster().getStatus()).isEqualTo(Status.UNKNOWN);
			assertThat(cluster().getDetails()).containsEntry("problems", List.of("no etcd endpoint answers"));
		}
		finally {
			etcd.thaw();
		}
	}

	@Test
	void isPartOfNeitherLivenessNorReadiness() {
		HealthEndpointGroups groups = context.getBean(HealthEndpointGroups.class);
		assertThat(groups.getPrimary().isMember("etcd")).isTrue();
		assertThat(groups.getNames()).contains("liveness", "readiness")
			.allSatisfy((name) -> assertThat(groups.get(name).isMember("etcd")).isFalse());
	}

	private static IndicatedHealthDescriptor awaitUp() {
		return await().atMost(Duration.ofSeconds(20))
			.until(ClusterHealthIndicatorIntegrationTests::cluster, (health) -> health.getStatus().equals(Status.UP));
	}

	private static IndicatedHealthDescriptor cluster() {
		return (IndicatedHealthDescriptor) context.getBean(HealthEndpoint.class).healthForPath("etcd", "cluster");
	}

}
