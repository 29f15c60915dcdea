package io.github.etcdspring;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.etcd.jetcd.api.LeaseKeepAliveRequest;
import io.etcd.jetcd.api.WatchCreateRequest;
import io.etcd.jetcd.api.WatchRequest;
import io.github.etcdspring.client.EtcdClientBuilderCustomizer;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.MethodDescriptor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class IdleTrafficIntegrationTests {

	@SharedEtcd
	private static EtcdServer etcd;

	/**
	 * One watch for all services or one for each of ten, beside overrides and own key.
	 */
	@ParameterizedTest
	@CsvSource({ "all, 3", "called, 12" })
	void idleApplicationSendsOnlyKeepAlivesAndProgressRequests(String follow, long watches) {
		try (ConfigurableApplicationContext context = Applications.plain(etcd, "idle", Recording.class)
			.properties("spring.cloud.etcd.discovery.follow=" + follow,
					"spring.cloud.etcd.discovery.follow-services=a,b,c,d,e,f,g,h,i,j")
			.run()) {
			List<String> sent = context.getBean(Recorder.class).sent;
			await().until(() -> Keys.of(etcd, "idle").size() == 1);
			await().atMost(Duration.ofSeconds(5)).until(() -> count(sent).getOrDefault("Watch create", 0L) == watches);
			assertThat(count(sent).get("Watch")).isEqualTo(1);
			sent.clear();
			long begin = System.nanoTime();
			await().pollDelay(Duration.ofSeconds(20)).atMost(Duration.ofSeconds(30)).until(() -> true);
			Map<String, Long> idle = count(List.copyOf(sent));
			double seconds = (System.nanoTime() - begin) / 1e9;
			assertThat(idle).containsOnlyKeys("LeaseKeepAlive", "LeaseKeepAlive renewal", "Watch liveness check");
			// every third of the TTL of ten seconds
			assertThat(idle.get("LeaseKeepAlive")).isBetween(5L, atMost(seconds, 10 / 3.0));
			assertThat(idle.get("LeaseKeepAlive renewal")).isEqualTo(idle.get("LeaseKeepAlive"));
			// for all watches together, after five idle seconds
			assertThat(idle.get("Watch liveness check")).isBetween(3L, atMost(seconds, 5));
		}
	}

	/** One more if the first is due at once. */
	private static long atMost(double seconds, double interval) {
		return (long) (seconds / interval) + 1;
	}

	private static Map<String, Long> count(List<String> sent) {
		return sent.stream().collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
	}

	@Configuration(proxyBeanMethods = false)
	static class Recording {

		@Bean
		Recorder recorder() {
			return new Recorder();
		}

		@Bean
		EtcdClientBuilderCustomizer recordingCustomizer(Recorder recorder) {
			return (builder) -> builder.interceptor(recorder);
		}

	}

	/**
	 * Records each call and the requests on watch streams.
	 */
	static class Recorder implements ClientInterceptor {

		private final List<String> sent = new CopyOnWriteArrayList<>();

		@Override
		public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
			String name = String.valueOf(method.getBareMethodName());
			this.sent.add(name);
			return new SimpleForwardingClientCall<>(next.newCall(method, options)) {

				@Override
				public void sendMessage(Q message) {
					if (message instanceof WatchRequest request) {
						Recorder.this.sent.add("Watch " + kind(request));
					}
					else if (message instanceof LeaseKeepAliveRequest) {
						Recorder.this.sent.add("LeaseKeepAlive renewal");
					}
					super.sendMessage(message);
				}

			};
		}

		private static String kind(WatchRequest request) {
			WatchCreateRequest create = request.getCreateRequest();
			if (!request.hasCreateRequest()) {
				return request.getRequestUnionCase().name();
			}
			return create.getKey().equals(create.getRangeEnd()) ? "liveness check" : "create";
		}

	}

}
