package io.github.etcdspring.actuate;

import java.util.List;

import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.fleet.FleetInstance;
import io.github.etcdspring.fleet.FleetReader;
import io.github.etcdspring.mirror.KeyRange;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;

/**
 * {@link Endpoint @Endpoint} that shows which configuration each live instance uses. It
 * reads etcd, and shows no configuration values.
 */
@Endpoint(id = "etcdfleet", defaultAccess = Access.READ_ONLY)
final class EtcdFleetEndpoint {

	private final EtcdConnection connection;

	private final FleetReader reader;

	EtcdFleetEndpoint(EtcdConnection connection, FleetReader reader) {
		this.connection = connection;
		this.reader = reader;
	}

	@ReadOperation
	FleetDescriptor fleet() {
		return read(this.reader.keys().range());
	}

	@ReadOperation
	@Nullable FleetDescriptor fleetOf(@Selector String service) {
		FleetDescriptor found = read(this.reader.keys().range(service));
		return (found.problem() == null && found.instances().isEmpty()) ? null : found;
	}

	private FleetDescriptor read(KeyRange range) {
		try {
			return new FleetDescriptor(this.reader.list(range), null);
		}
		catch (EtcdRequestException ex) {
			return new FleetDescriptor(List.of(), this.connection.explain(ex).text());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return new FleetDescriptor(List.of(), "the thread was interrupted");
		}
	}

	/**
	 * Response of the endpoint.
	 *
	 * @param instances the live instances that publish their configuration
	 * @param problem why the instances cannot be read, {@code null} if there is no
	 * problem
	 */
	record FleetDescriptor(List<FleetInstance> instances, @Nullable String problem) implements OperationResponseBody {

	}

}
