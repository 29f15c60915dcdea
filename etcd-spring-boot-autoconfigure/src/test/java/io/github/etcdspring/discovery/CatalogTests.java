package io.github.etcdspring.discovery;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.github.etcdspring.fixture.Allocation;
import io.github.etcdspring.registry.EtcdServiceInstance;
import org.junit.jupiter.api.Test;

import org.springframework.cloud.client.ServiceInstance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class CatalogTests {

	@Test
	void replacesOnlyChangedServices() {
		Catalog before = Catalog.EMPTY
			.with(Map.of("a", List.of(instance("a", "1", "UP")), "b", List.of(instance("b", "1", "UP"))));
		Catalog after = before.with(Map.of("a", List.of(instance("a", "2", "UP"))));
		assertThat(after.up("a")).extracting(ServiceInstance::getInstanceId).containsExactly("2");
		assertThat(after.up("b")).isSameAs(before.up("b"));
		assertThat(after.names()).isSameAs(before.names());
		assertThat(before.up("a")).extracting(ServiceInstance::getInstanceId).containsExactly("1");
	}

	@Test
	void removesServiceWithoutInstances() {
		Catalog catalog = Catalog.EMPTY.with(Map.of("a", List.of(instance("a", "1", "UP"))))
			.with(Map.of("a", List.of()));
		assertThat(catalog).isEqualTo(Catalog.EMPTY);
	}

	@Test
	void omitsNameOfServiceWithoutUpInstances() {
		Catalog catalog = Catalog.EMPTY.with(Map.of("b", List.of(instance("b", "1", "UP")), "a",
				List.of(instance("a", "1", "UP")), "c", List.of(instance("c", "1", "DOWN"))));
		assertThat(catalog.names()).containsExactly("a", "b");
		assertThat(catalog.up("c")).isEmpty();
		assertThat(catalog.instances()).containsKey("c");
	}

	@Test
	void namesReflectAddedAndRemovedServices() {
		Catalog catalog = Catalog.EMPTY
			.with(Map.of("b", List.of(instance("b", "1", "UP")), "d", List.of(instance("d", "1", "UP"))))
			.with(Map.of("a", List.of(instance("a", "1", "UP")), "c", List.of(instance("c", "1", "UP")), "d", List.of(),
					"e", List.of()));
		assertThat(catalog.names()).containsExactly("a", "b", "c");
		assertThat(catalog.with(Map.of("b", List.of(instance("b", "1", "DOWN")))).names()).containsExactly("a", "c");
	}

	/** A service changes whenever any application starts or stops. */
	@Test
	void changeOfOneServiceCopiesNoOtherService() {
		Catalog large = Catalog.EMPTY.with(IntStream.range(0, 1000)
			.mapToObj((i) -> "s" + i)
			.collect(Collectors.toMap((service) -> service, (service) -> List.of(instance(service, "1", "UP")))));
		Map<String, List<EtcdServiceInstance>> change = Map.of("s5", List.of(instance("s5", "2", "UP")));
		long bytes = Allocation.of(() -> large.with(change));
		assertThat(bytes).isBetween(1L, 4 * 1024L);
	}

	@Test
	void isImmutable() {
		Catalog catalog = Catalog.EMPTY.with(Map.of("a", List.of(instance("a", "1", "UP"))));
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> catalog.up("a").clear());
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> catalog.instances().clear());
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> catalog.names().clear());
	}

	private static EtcdServiceInstance instance(String service, String id, String status) {
		return new EtcdServiceInstance(service, id, "h", 80, false, status, Map.of());
	}

}
