package io.github.etcdspring.registry;

import java.util.Iterator;
import java.util.Map;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link EtcdRegistration}.
 */
class EtcdRegistrationTests {

	private final EtcdRegistration registration = new EtcdRegistration(
			new EtcdServiceInstance("orders", "one", "10.0.0.7", 80, false, "UP", Map.of("zone", "a", "team", "x")));

	@Test
	void changedMetadataIsThatOfTheInstance() {
		EtcdServiceInstance before = this.registration.getInstance();
		assertThat(this.registration.getMetadata().put("gRPC_port", "9090")).isNull();
		assertThat(this.registration.getMetadata().put("zone", "b")).isEqualTo("a");
		assertThat(this.registration.getMetadata().remove("team")).isEqualTo("x");
		assertThat(this.registration.getInstance().metadata()).isEqualTo(Map.of("zone", "b", "gRPC_port", "9090"));
		assertThat(this.registration.getMetadata()).isEqualTo(Map.of("zone", "b", "gRPC_port", "9090"));
		assertThat(before.metadata()).isEqualTo(Map.of("zone", "a", "team", "x"));
	}

	@Test
	void metadataMayBeRemovedInALoop() {
		for (Iterator<String> keys = this.registration.getMetadata().keySet().iterator(); keys.hasNext();) {
			keys.next();
			keys.remove();
		}
		assertThat(this.registration.getInstance().metadata()).isEmpty();
	}

}
