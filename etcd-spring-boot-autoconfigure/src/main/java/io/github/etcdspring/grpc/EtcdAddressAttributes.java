package io.github.etcdspring.grpc;

import io.grpc.Attributes;
import io.grpc.EquivalentAddressGroup;

/**
 * Keys of the attributes that each {@link EquivalentAddressGroup} of a service in etcd
 * has. Load balancing policies read them from the resolved addresses.
 *
 * @since 0.1.0
 */
public final class EtcdAddressAttributes {

	/**
	 * Instance id, unique within the service. Always present.
	 */
	@EquivalentAddressGroup.Attr
	public static final Attributes.Key<String> INSTANCE_ID = Attributes.Key.create("io.github.etcdspring.instance-id");

	/**
	 * Zone of the instance, its metadata {@code zone}. Absent if the instance has none.
	 */
	@EquivalentAddressGroup.Attr
	public static final Attributes.Key<String> ZONE = Attributes.Key.create("io.github.etcdspring.zone");

	/**
	 * Weight of the instance, at least 1: the weight of an override, or else its metadata
	 * {@code weight}. 1 if it has none or an invalid one.
	 */
	@EquivalentAddressGroup.Attr
	public static final Attributes.Key<Integer> WEIGHT = Attributes.Key.create("io.github.etcdspring.weight");

	private EtcdAddressAttributes() {
	}

}
