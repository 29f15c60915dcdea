package io.github.etcdspring.operations;

import java.util.List;

import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.fleet.FleetInstance;
import io.github.etcdspring.fleet.FleetReader;
import io.github.etcdspring.fleet.FleetVersion;
import io.github.etcdspring.mirror.KeyRange;

import org.springframework.util.Assert;

/**
 * {@link EtcdFleetOperations} that uses the connection of the application.
 */
final class EtcdFleetTemplate implements EtcdFleetOperations {

	private final Requests requests;

	private final FleetReader reader;

	EtcdFleetTemplate(EtcdConnection connection, FleetReader reader) {
		this.requests = new Requests(connection);
		this.reader = reader;
	}

	@Override
	public List<FleetInstance> list() {
		return list(this.reader.keys().range());
	}

	@Override
	public List<FleetInstance> list(String service) {
		Assert.hasLength(service, "'service' must not be empty");
		return list(this.reader.keys().range(service));
	}

	private List<FleetInstance> list(KeyRange range) {
		return this.requests.execute("Failed to read the instances under " + range, () -> this.reader.list(range));
	}

	@Override
	public List<FleetVersion> properties(String service) {
		Assert.hasLength(service, "'service' must not be empty");
		KeyRange range = this.reader.keys().propertiesRange(service);
		return this.requests.execute("Failed to read the properties under " + range,
				() -> this.reader.properties(service));
	}

}
