package io.github.etcdspring.operations;

import java.util.List;

import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.fleet.FleetInstance;
import io.github.etcdspring.fleet.FleetReader;
import io.github.etcdspring.mirror.KeyRange;

import org.springframework.util.Assert;

/**
 * {@link EtcdFleetOperations} that uses the connection of the application.
 */
final class EtcdFleetTemplate implements EtcdFleetOperations {

	private final EtcdConnection connection;

	private final FleetReader reader;

	EtcdFleetTemplate(EtcdConnection connection, FleetReader reader) {
		this.connection = connection;
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
		String problem = "Failed to read the instances under " + range;
		try {
			return this.reader.list(range);
		}
		catch (EtcdRequestException ex) {
			throw new EtcdConfigException(problem + ": " + this.connection.explain(ex).text(), ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new EtcdConfigException(problem + ": the thread was interrupted", ex);
		}
	}

}
