package io.github.etcdspring.rollout;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.github.etcdspring.client.EtcdClientBuilderCustomizer;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.fixture.UnsentCall;
import io.github.etcdspring.operations.ConfigChange;
import io.github.etcdspring.operations.EtcdConfigException;
import io.github.etcdspring.testsupport.EtcdServer;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Integration tests for {@link EtcdRolloutTemplate} whose requests fail.
 */
class EtcdRolloutTemplateIntegrationTests {

	@SharedEtcd
	private static EtcdServer etcd;

	private static ConfigurableApplicationContext author;

	@BeforeAll
	static void startAuthor() {
		author = Applications.plain(etcd, "author")
			.sources(Faults.class)
			.properties("spring.cloud.etcd.discovery.register=false")
			.run();
	}

	@AfterAll
	static void closeAuthor() {
		author.close();
	}

	@AfterEach
	void endFaults() {
		faults().statuses.clear();
		faults().granted = false;
	}

	@Test
	void leavesNoLeaseIfTheSecondOneIsNotGranted() {
		String before = leases();
		faults().statuses.put("LeaseGrant", Status.INTERNAL.withDescription("no second lease"));
		assertThatExceptionOfType(EtcdConfigException.class).isThrownBy(EtcdRolloutTemplateIntegrationTests::start)
			.withStackTraceContaining("no second lease");
		assertThat(leases()).isEqualTo(before);
	}

	@Test
	void reportsTheFirstFailureIfTheLeasesCannotBeRevoked() {
		faults().statuses.put("Txn", Status.INTERNAL.withDescription("no transaction"));
		faults().statuses.put("LeaseRevoke", Status.INTERNAL.withDescription("no revocation"));
		assertThatExceptionOfType(EtcdConfigException.class).isThrownBy(EtcdRolloutTemplateIntegrationTests::start)
			.withStackTraceContaining("no transaction");
	}

	private static void start() {
		author.getBean(EtcdRolloutOperations.class)
			.start(RolloutPlan.of("jane", "", ConfigChange.put("/config/orders/size", "2"))
				.step(RolloutTarget.share(100), Duration.ZERO));
	}

	private static String leases() {
		return etcd.etcdctl("lease", "list");
	}

	private static Faults faults() {
		return author.getBean(Faults.class);
	}

	@Configuration(proxyBeanMethods = false)
	static class Faults implements ClientInterceptor {

		/** Results of requests by method, after the first lease has been granted. */
		private final Map<String, Status> statuses = new ConcurrentHashMap<>();

		private volatile boolean granted;

		@Bean
		static EtcdClientBuilderCustomizer faultyClient(Faults faults) {
			return (builder) -> builder.interceptor(faults);
		}

		private Status status(String method) {
			if (this.granted) {
				return this.statuses.getOrDefault(method, Status.OK);
			}
			this.granted = method.equals("LeaseGrant") && !this.statuses.isEmpty();
			return Status.OK;
		}

		@Override
		public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
			Status status = status(method.getBareMethodName());
			ClientCall<Q, A> call = next.newCall(method, options);
			return (status.isOk()) ? call : new UnsentCall<>(call, status);
		}

	}

}
