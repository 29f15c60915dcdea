package io.github.etcdspring.client;

import java.lang.reflect.Constructor;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.BeanUtils;
import org.springframework.boot.autoconfigure.service.connection.ConnectionDetailsFactories;
import org.springframework.boot.docker.compose.core.ConnectionPorts;
import org.springframework.boot.docker.compose.core.ImageReference;
import org.springframework.boot.docker.compose.core.RunningService;
import org.springframework.boot.docker.compose.service.connection.DockerComposeConnectionSource;
import org.springframework.core.env.Environment;
import org.springframework.core.env.StandardEnvironment;

import static org.assertj.core.api.Assertions.assertThat;

class EtcdDockerComposeConnectionDetailsFactoryTests {

	@ParameterizedTest
	@ValueSource(strings = { "quay.io/coreos/etcd:v3.5.16", "gcr.io/etcd-development/etcd:v3.6.0", "bitnami/etcd",
			"bitnamilegacy/etcd:3", "etcd:3.5", "registry.example.org:5000/coreos/etcd" })
	void recognizesServiceByImage(String image) throws NoSuchMethodException {
		EtcdConnectionDetails details = details(new Service(image, Map.of(), Map.of()));
		assertThat(details).isNotNull();
		assertThat(details.getEndpoints()).containsExactly("http://docker.example.org:32768");
		assertThat(details.getUsername()).isNull();
		assertThat(details.getPassword()).isNull();
		assertThat(details.getSslBundle()).isNull();
	}

	@Test
	void recognizesServiceByLabel() throws NoSuchMethodException {
		String label = "org.springframework.boot.service-connection";
		assertThat(details(new Service("mirror/etcd", Map.of(), Map.of(label, "etcd")))).isNotNull();
		assertThat(details(new Service("mirror/etcd", Map.of(), Map.of()))).isNull();
		assertThat(details(new Service("bitnami/etcd", Map.of(), Map.of(label, "redis")))).isNull();
	}

	@Test
	void takesRootPasswordFromEnvironmentOfService() throws NoSuchMethodException {
		EtcdConnectionDetails details = details(
				new Service("bitnami/etcd", Map.of("ETCD_ROOT_PASSWORD", "s3cret"), Map.of()));
		assertThat(details).isNotNull();
		assertThat(details.getUsername()).isEqualTo("root");
		assertThat(details.getPassword()).isEqualTo("s3cret");
		assertThat(details.toString()).doesNotContain("s3cret");
	}

	private static @Nullable EtcdConnectionDetails details(RunningService service) throws NoSuchMethodException {
		Constructor<DockerComposeConnectionSource> source = DockerComposeConnectionSource.class
			.getDeclaredConstructor(RunningService.class, Environment.class);
		return (EtcdConnectionDetails) new ConnectionDetailsFactories(null)
			.getConnectionDetails(BeanUtils.instantiateClass(source, service, new StandardEnvironment()), false)
			.get(EtcdConnectionDetails.class);
	}

	private record Service(String imageName, Map<String, @Nullable String> env,
			Map<String, String> labels) implements RunningService {

		@Override
		public String name() {
			return "etcd";
		}

		@Override
		public ImageReference image() {
			return ImageReference.of(this.imageName);
		}

		@Override
		public String host() {
			return "docker.example.org";
		}

		@Override
		public ConnectionPorts ports() {
			return new Ports();
		}

	}

	private static final class Ports implements ConnectionPorts {

		@Override
		public int get(int containerPort) {
			assertThat(containerPort).isEqualTo(2379);
			return 32768;
		}

		@Override
		public List<Integer> getAll() {
			return List.of(32768);
		}

		@Override
		public List<Integer> getAll(@Nullable String protocol) {
			return getAll();
		}

	}

}
