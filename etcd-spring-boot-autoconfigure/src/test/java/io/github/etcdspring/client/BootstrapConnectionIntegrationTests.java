package io.github.etcdspring.client;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.boot.bootstrap.DefaultBootstrapContext;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatNoException;

class BootstrapConnectionIntegrationTests {

	private static final String UNREACHABLE = "http://127.0.0.1:1";

	private static EtcdServer etcd;

	private final DefaultBootstrapContext context = new DefaultBootstrapContext();

	@BeforeAll
	static void startEtcd() {
		etcd = EtcdServer.start();
	}

	@AfterAll
	static void stopEtcd() {
		etcd.close();
	}

	@Test
	void connectsByTheProperties() {
		assertConnects(etcd.endpoint());
	}

	@Test
	void resolvedDetailsReplaceTheProperties() {
		this.context.register(BootstrapConnectionDetailsResolver.class,
				(ignored) -> (binder) -> details(etcd.endpoint()));
		assertConnects(UNREACHABLE);
	}

	@Test
	void connectsByThePropertiesIfNoDetailsAreResolved() {
		this.context.register(BootstrapConnectionDetailsResolver.class, (ignored) -> (binder) -> null);
		assertConnects(etcd.endpoint());
	}

	@Test
	void detailsOfTheApplicationReplaceResolvedOnes() {
		this.context.register(EtcdConnectionDetails.class, (ignored) -> details(etcd.endpoint()));
		this.context.register(BootstrapConnectionDetailsResolver.class, (ignored) -> (binder) -> details(UNREACHABLE));
		assertConnects(UNREACHABLE);
	}

	@Test
	void onlyTheFirstClientIsHandedOver() {
		BootstrapConnection first = open(etcd.endpoint());
		BootstrapConnection further = open(etcd.endpoint());
		for (BootstrapConnection bootstrap : List.of(first, further)) {
			bootstrap.handOver(this.context);
			bootstrap.close();
		}
		assertThatNoException().isThrownBy(() -> read(first.connection()));
		assertThatException().isThrownBy(() -> read(further.connection()));
		this.context.get(BootstrapClient.class).closeUnlessTaken();
		assertThatException().isThrownBy(() -> read(first.connection()));
	}

	private void assertConnects(String endpoint) {
		try (BootstrapConnection bootstrap = open(endpoint)) {
			assertThatNoException().isThrownBy(() -> read(bootstrap.connection()));
		}
	}

	private BootstrapConnection open(String endpoint) {
		return BootstrapConnection.open(
				new Binder(new MapConfigurationPropertySource(
						Map.of("spring.cloud.etcd.endpoints", endpoint, "spring.cloud.etcd.request-timeout", "2s"))),
				this.context);
	}

	private static void read(EtcdConnection connection) throws Exception {
		ByteSequence key = ByteSequence.from("/a", StandardCharsets.UTF_8);
		connection.call(() -> connection.client().getKVClient().get(key));
	}

	private static EtcdConnectionDetails details(String endpoint) {
		return () -> List.of(endpoint);
	}

}
