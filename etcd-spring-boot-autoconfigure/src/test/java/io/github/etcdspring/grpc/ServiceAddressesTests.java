package io.github.etcdspring.grpc;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;

import io.github.etcdspring.registry.EtcdServiceInstance;
import io.grpc.Attributes;
import io.grpc.EquivalentAddressGroup;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ServiceAddressesTests {

	@Test
	void metadataNamesThePort() {
		assertThat(ports(instance("1", Map.of("gRPC_port", "9090", "port.grpc", "9091")),
				instance("2", Map.of("port.grpc", "9092"))))
			.containsExactly(9090, 9092);
	}

	@Test
	void instancesWithoutTheMetadataAreLeftOutIfOthersHaveIt() {
		assertThat(ports(instance("1", Map.of()), instance("2", Map.of("gRPC_port", "9090")))).containsExactly(9090);
	}

	@Test
	void portOfTheInstanceIsUsedIfNoneHasTheMetadata() {
		assertThat(ports(instance("1", Map.of()), instance("2", Map.of("gRPC_port", "none")),
				instance("3", Map.of("gRPC_port", "70000"))))
			.containsExactly(8001, 8002, 8003);
	}

	@Test
	void addressIsListedOnceIfSeveralKeysHaveIt() {
		List<EquivalentAddressGroup> groups = ServiceAddresses
			.of(List.of(instance("1", Map.of("gRPC_port", "9090")), instance("2", Map.of("gRPC_port", "9090"))));
		assertThat(groups).hasSize(1);
		assertThat(groups.get(0).getAttributes().get(EtcdAddressAttributes.INSTANCE_ID)).isEqualTo("1");
	}

	@Test
	void zoneAndWeightAreAttributes() {
		Attributes attributes = attributes(Map.of("zone", "a", "weight", "3"));
		assertThat(attributes.get(EtcdAddressAttributes.ZONE)).isEqualTo("a");
		assertThat(attributes.get(EtcdAddressAttributes.WEIGHT)).isEqualTo(3);
		assertThat(attributes.get(EtcdAddressAttributes.INSTANCE_ID)).isEqualTo("1");
	}

	@Test
	void missingZoneIsAbsentAndInvalidWeightIsOne() {
		assertThat(attributes(Map.of()).get(EtcdAddressAttributes.ZONE)).isNull();
		assertThat(attributes(Map.of()).get(EtcdAddressAttributes.WEIGHT)).isEqualTo(1);
		assertThat(attributes(Map.of("weight", "heavy")).get(EtcdAddressAttributes.WEIGHT)).isEqualTo(1);
		assertThat(attributes(Map.of("weight", "-3")).get(EtcdAddressAttributes.WEIGHT)).isEqualTo(1);
	}

	@Test
	void unknownHostHasAnUnresolvedAddress() {
		List<EquivalentAddressGroup> groups = ServiceAddresses
			.of(List.of(new EtcdServiceInstance("orders", "1", "unknown.invalid", 80, false, "UP", Map.of())));
		assertThat(address(groups.get(0)).isUnresolved()).isTrue();
		assertThat(address(groups.get(0)).getHostString()).isEqualTo("unknown.invalid");
	}

	private static Attributes attributes(Map<String, String> metadata) {
		return ServiceAddresses.of(List.of(instance("1", metadata))).get(0).getAttributes();
	}

	private static List<Integer> ports(EtcdServiceInstance... instances) {
		return ServiceAddresses.of(List.of(instances)).stream().map((group) -> address(group).getPort()).toList();
	}

	private static InetSocketAddress address(EquivalentAddressGroup group) {
		return (InetSocketAddress) group.getAddresses().get(0);
	}

	private static EtcdServiceInstance instance(String id, Map<String, String> metadata) {
		return new EtcdServiceInstance("orders", id, "127.0.0.1", 8000 + Integer.parseInt(id), false, "UP", metadata);
	}

}
