package io.github.etcdspring;

import java.lang.reflect.Method;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import org.crac.Resource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.DefaultLifecycleProcessor;
import org.springframework.util.ReflectionUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Checkpoint and restore of the JVM, simulated by the notifications of CRaC and Spring.
 * CRaC refuses a checkpoint while a socket is open.
 */
class CheckpointIntegrationTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(10);

	private final EtcdServer etcd = EtcdServer.start();

	private final TcpProxy proxy = TcpProxy.to(this.etcd.port());

	@AfterEach
	void stop() {
		this.proxy.close();
		this.etcd.close();
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2 })
	void checkpointClosesConnectionsAndRestoreRegistersAgain(int times) throws Exception {
		this.etcd.etcdctl("put", "/config/restored/greeting", "before");
		try (ConfigurableApplicationContext context = start()) {
			await().atMost(TIMEOUT).until(() -> keys().size() == 1);
			List<String> threads = threads();
			Resource resource = context.getBean(Resource.class);
			for (int i = 0; i < times; i++) {
				resource.beforeCheckpoint(null);
				lifecycle(context, "stopForRestart");
				assertThat(keys()).isEmpty();
				await().atMost(TIMEOUT).until(() -> this.proxy.connections() == 0);
				await().during(Duration.ofSeconds(1)).atMost(TIMEOUT).until(() -> this.proxy.connections() == 0);
				this.etcd.etcdctl("put", "/config/restored/greeting", "after");
				lifecycle(context, "restartAfterStop");
				resource.afterRestore(null);
				await().atMost(TIMEOUT).until(() -> keys().size() == 1);
				await().atMost(TIMEOUT).until(() -> "after".equals(context.getEnvironment().getProperty("greeting")));
				await().atMost(TIMEOUT)
					.until(() -> context.getBean(DiscoveryClient.class).getInstances("restored").size() == 1);
				await().atMost(TIMEOUT).untilAsserted(() -> assertThat(threads()).isEqualTo(threads));
				assertThat(Keys.leases(this.etcd)).hasSize(1);
			}
		}
		assertThat(keys()).isEmpty();
	}

	/** Calls do not fail after other stops than the one of a checkpoint. */
	@Test
	void connectionStaysOpenWhileTheContextIsStopped() {
		try (ConfigurableApplicationContext context = start()) {
			await().atMost(TIMEOUT).until(() -> keys().size() == 1);
			context.stop();
			this.etcd.etcdctl("put", "/services/other/1", "10.0.0.1:80");
			await().atMost(TIMEOUT)
				.until(() -> context.getBean(DiscoveryClient.class).getInstances("other").size() == 1);
		}
	}

	private ConfigurableApplicationContext start() {
		return Applications.servlet(this.etcd, "restored")
			.properties("spring.config.import=etcd:",
					"spring.cloud.etcd.endpoints=http://127.0.0.1:" + this.proxy.port())
			.run();
	}

	private static void lifecycle(ConfigurableApplicationContext context, String notification) {
		Method method = Objects
			.requireNonNull(ReflectionUtils.findMethod(DefaultLifecycleProcessor.class, notification));
		ReflectionUtils.makeAccessible(method);
		ReflectionUtils.invokeMethod(method, context.getBean("lifecycleProcessor"));
	}

	private List<String> keys() {
		return Keys.of(this.etcd, "restored");
	}

	private static List<String> threads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.map(Thread::getName)
			.filter((name) -> name.matches("etcd-(lease|mirror-.*)"))
			.sorted()
			.toList();
	}

}
