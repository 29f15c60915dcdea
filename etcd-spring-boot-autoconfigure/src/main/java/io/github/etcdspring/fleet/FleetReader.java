package io.github.etcdspring.fleet;

import java.util.Comparator;
import java.util.List;
import java.util.Objects;

import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.RangeReader;

/**
 * Reads which configuration each live instance uses, and which properties each version of
 * an application has. Internal: public only for the other packages of the starter.
 */
public final class FleetReader {

	/** Order of instances by service and id. */
	public static final Comparator<FleetInstance> ORDER = Comparator.comparing(FleetInstance::service)
		.thenComparing(FleetInstance::instance);

	private final EtcdConnection connection;

	private final FleetKeys keys;

	/**
	 * Create a reader.
	 * @param connection the connection to etcd
	 * @param keys the keys of the fleet
	 */
	public FleetReader(EtcdConnection connection, FleetKeys keys) {
		this.connection = connection;
		this.keys = keys;
	}

	/**
	 * Return the keys of the fleet.
	 * @return the keys
	 */
	public FleetKeys keys() {
		return this.keys;
	}

	/**
	 * Read the instances in a range.
	 * @param range the keys of the fleet or of a service
	 * @return an unmodifiable list, ordered by service and instance
	 * @throws EtcdRequestException if the keys cannot be read
	 * @throws InterruptedException if the thread is interrupted
	 */
	public List<FleetInstance> list(KeyRange range) throws EtcdRequestException, InterruptedException {
		return new RangeReader(this.connection, List.of(range)).list(0)
			.entries()
			.values()
			.stream()
			.map(this.keys::read)
			.filter(Objects::nonNull)
			.sorted(ORDER)
			.toList();
	}

	/**
	 * Read the configuration properties of a service.
	 * @param service name of the service
	 * @return an unmodifiable list, the version that was published last first
	 * @throws EtcdRequestException if the keys cannot be read
	 * @throws InterruptedException if the thread is interrupted
	 */
	public List<FleetVersion> properties(String service) throws EtcdRequestException, InterruptedException {
		return new RangeReader(this.connection, List.of(this.keys.propertiesRange(service))).list(0)
			.entries()
			.values()
			.stream()
			.sorted(Comparator.comparingLong(KeyValue::getModRevision).reversed())
			.map(this.keys::readProperties)
			.filter(Objects::nonNull)
			.toList();
	}

}
