package io.github.etcdspring;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.etcdspring.client.EtcdClientBuilderCustomizer;
import io.github.etcdspring.fixture.StandaloneApplication;
import io.github.etcdspring.testsupport.EtcdServer;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.MethodDescriptor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What an application as a whole costs etcd and leaves behind.
 */
class WholeApplicationIntegrationTests {

	private static EtcdServer etcd;

	@BeforeAll
	static void startEtcd() {
		etcd = EtcdServer.start();
	}

	@AfterAll
	static void stopEtcd() {
		etcd.close();
	}

	@Test
	void killedProcessDisappearsWithinItsTimeToLive() throws IOException, InterruptedException {
		Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"),
				StandaloneApplication.class.getName(), "spring.cloud.etcd.endpoints=" + etcd.endpoint(),
				"spring.application.name=killed", "server.port=0", "spring.cloud.etcd.discovery.ttl=3s")
			.redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.appendTo(new File("target/killed-process.log")))
			.start();
		try {
			await().atMost(Duration.ofSeconds(60)).until(() -> isListed("killed"));
		}
		finally {
			process.destroyForcibly();
		}
		assertThat(process.waitFor(5, TimeUnit.SECONDS)).isTrue();
		await().atMost(Duration.ofSeconds(4)).pollInterval(Duration.ofMillis(50)).until(() -> !isListed("killed"));
	}

	@Test
	void closedContextLeavesNoThreadAndNoLease() {
		for (int i = 0; i < 3; i++) {
			ConfigurableApplicationContext application = Application.run(etcd.endpoint(), "closed", "10s");
			await().atMost(Duration.ofSeconds(10)).until(() -> isListed("closed"));
			application.close();
			assertThat(isListed("closed")).isFalse();
		}
		assertThat(etcd.etcdctl("lease", "list")).startsWith("found 0 leases");
		// gRPC keeps its shared threads for a second, and workers for a minute more
		// unless all channels are closed
		await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(threads()).isEmpty());
	}

	@Test
	void idleApplicationRenewsItsLeaseAndDoesNothingElse() {
		try (ConfigurableApplicationContext application = Application.run(etcd.endpoint(), "idle", "6s")) {
			Requests requests = application.getBean(Requests.class);
			await().atMost(Duration.ofSeconds(10))
				.until(() -> isListed("idle") && requests.started("etcdserverpb.Watch/Watch") == 2);
			Map<String, Integer> before = requests.started();
			int messages = requests.sent("etcdserverpb.Watch/Watch");
			await().pollDelay(Duration.ofSeconds(14)).atMost(Duration.ofSeconds(20)).until(() -> true);
			Map<String, Integer> after = requests.started();
			String renewal = "etcdserverpb.Lease/LeaseKeepAlive";
			assertThat(after.getOrDefault(renewal, 0) - before.getOrDefault(renewal, 0)).isBetween(5, 9);
			assertThat(after.keySet()).filteredOn((method) -> !method.equals(renewal))
				.allSatisfy((method) -> assertThat(after.get(method)).as(method).isEqualTo(before.get(method)));
			// one question for a sign of life each five seconds of silence, on each of
			// two watches
			assertThat(requests.sent("etcdserverpb.Watch/Watch") - messages).isLessThanOrEqualTo(6);
		}
	}

	private static boolean isListed(String service) {
		return etcd.etcdctl("get", "--prefix", "/services/" + service + "/").contains("\"status\":\"UP\"");
	}

	private static List<String> threads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.map(Thread::getName)
			.filter((name) -> name.startsWith("etcd-") || name.startsWith("grpc-") || name.startsWith("jetcd")
					|| name.startsWith("vert.x"))
			.toList();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		static ConfigurableApplicationContext run(String endpoint, String name, String ttl) {
			return new SpringApplicationBuilder(Application.class)
				.properties("spring.cloud.etcd.endpoints=" + endpoint, "spring.application.name=" + name,
						"server.port=0", "spring.cloud.etcd.discovery.ttl=" + ttl,
						"spring.cloud.etcd.discovery.drain=0s")
				.run();
		}

		@Bean
		Requests requests() {
			return new Requests();
		}

		@Bean
		EtcdClientBuilderCustomizer countingRequests(Requests requests) {
			return (builder) -> builder.interceptor(requests);
		}

	}

	/**
	 * Counts the requests to etcd by method, and the messages in them.
	 */
	static final class Requests implements ClientInterceptor {

		private final Map<String, AtomicInteger> started = new ConcurrentHashMap<>();

		private final Map<String, AtomicInteger> sent = new ConcurrentHashMap<>();

		@Override
		public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
			count(this.started, method);
			return new SimpleForwardingClientCall<>(next.newCall(method, options)) {

				@Override
				public void sendMessage(Q message) {
					count(Requests.this.sent, method);
					super.sendMessage(message);
				}

			};
		}

		private static void count(Map<String, AtomicInteger> counts, MethodDescriptor<?, ?> method) {
			counts.computeIfAbsent(method.getFullMethodName(), (name) -> new AtomicInteger()).incrementAndGet();
		}

		Map<String, Integer> started() {
			Map<String, Integer> counts = new ConcurrentHashMap<>();
			this.started.forEach((method, count) -> counts.put(method, count.get()));
			return counts;
		}

		int started(String method) {
			return started().getOrDefault(method, 0);
		}

		int sent(String method) {
			AtomicInteger count = this.sent.get(method);
			return (count != null) ? count.get() : 0;
		}

	}

}
