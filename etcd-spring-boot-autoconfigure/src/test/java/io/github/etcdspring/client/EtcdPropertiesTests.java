package io.github.etcdspring.client;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.util.unit.DataSize;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link EtcdProperties}.
 */
class EtcdPropertiesTests {

	@Test
	void hasDefaultsForAll() {
		EtcdProperties properties = bind(Map.of());
		assertThat(properties.enabled()).isTrue();
		assertThat(properties.endpoints()).containsExactly("http://localhost:2379");
		assertThat(properties.connectTimeout()).isEqualTo(Duration.ofSeconds(3));
		assertThat(properties.requestTimeout()).isEqualTo(Duration.ofSeconds(5));
		assertThat(properties.startupTimeout()).isEqualTo(Duration.ofSeconds(10));
		assertThat(properties.keepalive())
			.isEqualTo(new EtcdProperties.Keepalive(Duration.ofSeconds(10), Duration.ofSeconds(3), false));
		assertThat(properties.maxInboundMessageSize()).isEqualTo(DataSize.ofMegabytes(64));
		assertThat(properties.ssl()).isEqualTo(new EtcdProperties.Ssl(null, null));
	}

	@Test
	void takesEndpointsFromAListAndFromOneValue() {
		assertThat(bind(Map.of("spring.cloud.etcd.endpoints", "http://a:1,http://b:1")).endpoints())
			.isEqualTo(bind(Map.of("spring.cloud.etcd.endpoints[0]", "http://a:1", "spring.cloud.etcd.endpoints[1]",
					"http://b:1"))
				.endpoints())
			.isEqualTo(List.of("http://a:1", "http://b:1"));
	}

	@Test
	void showsNoSecret() {
		EtcdProperties properties = bind(Map.of("spring.cloud.etcd.endpoints", "http://root:s3cret@a:1",
				"spring.cloud.etcd.username", "root", "spring.cloud.etcd.password", "s3cret"));
		assertThat(properties.password()).isEqualTo("s3cret");
		assertThat(properties).hasToString("EtcdProperties[endpoints=***@a:1]");
	}

	private static EtcdProperties bind(Map<String, String> properties) {
		return new Binder(new MapConfigurationPropertySource(properties)).bindOrCreate("spring.cloud.etcd",
				Bindable.of(EtcdProperties.class));
	}

}
