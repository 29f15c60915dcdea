package io.github.etcdspring.actuate;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.github.etcdspring.client.ClusterStatus;
import io.github.etcdspring.client.EtcdProblem;
import io.github.etcdspring.discovery.MassExpiry;
import io.github.etcdspring.lease.LeaseSession;
import io.github.etcdspring.lease.LeaseStatus;
import io.github.etcdspring.loadbalancer.EjectedInstance;
import io.github.etcdspring.mirror.MirrorReport;
import io.github.etcdspring.refresh.ConfigProperty;
import io.github.etcdspring.refresh.ConfigValues;
import io.github.etcdspring.refresh.Configuration;
import io.github.etcdspring.refresh.ConfigurationStatus;
import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.LiveConfiguration;
import io.github.etcdspring.registry.RegistrationStatus;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * Response of the endpoint. Features that the application does not use are omitted.
 *
 * @param cluster endpoints and members of the etcd cluster
 * @param lease the lease of this application
 * @param registrations the registered instances of this application
 * @param watches the watches of this application
 * @param configuration the configuration from etcd and the origin of its properties
 * @param ejected instances that this application does not call at the moment,
 * {@code null} if there are none
 * @param vanished instances that this application calls as a last resort, {@code null} if
 * there are none
 */
record EtcdDescriptor(@Nullable ClusterStatus cluster, @Nullable LeaseDescriptor lease,
		@Nullable List<RegistrationStatus> registrations, List<WatchDescriptor> watches,
		@Nullable ConfigurationDescriptor configuration, @Nullable List<EjectedInstance> ejected,
		@Nullable List<VanishedInstance> vanished) implements OperationResponseBody {

	private static @Nullable String text(@Nullable EtcdProblem problem) {
		return (problem != null) ? problem.text() : null;
	}

	/**
	 * Description of the lease.
	 *
	 * @param id id of the lease in the format of {@code etcdctl}, {@code null} while
	 * there is none
	 * @param ttl TTL of the lease as granted by etcd
	 * @param since when the lease was granted or, while there is none, since when there
	 * is none
	 * @param renewals number of successful renewals
	 * @param losses number of leases that were lost
	 * @param problem why the lease or a key cannot be written, {@code null} if there is
	 * no problem
	 */
	record LeaseDescriptor(@Nullable String id, Duration ttl, Instant since, long renewals, long losses,
			@Nullable String problem) {

		static LeaseDescriptor of(LeaseSession session) {
			LeaseStatus status = session.status();
			return new LeaseDescriptor((status.lease() != 0) ? status.id() : null, status.ttl(), status.since(),
					session.renewals(), status.losses(), text(status.problem()));
		}

	}

	/**
	 * Description of an instance that vanished from etcd at once with others, without a
	 * graceful shutdown.
	 *
	 * @param service name of the service
	 * @param instance instance id
	 * @param host host of the instance
	 * @param port port of the instance
	 * @param calledUntil when this application stops calling it as a last resort
	 */
	record VanishedInstance(String service, @Nullable String instance, String host, int port, Instant calledUntil) {

		static List<VanishedInstance> of(Map<String, MassExpiry> expiries) {
			List<VanishedInstance> vanished = new ArrayList<>();
			expiries.forEach((service, expiry) -> expiry.instances()
				.forEach((instance) -> vanished.add(new VanishedInstance(service, instance.getInstanceId(),
						instance.getHost(), instance.getPort(), expiry.until()))));
			return vanished;
		}

	}

	/**
	 * Description of a watch.
	 *
	 * @param name name of the watch
	 * @param keys the watched keys or prefixes
	 * @param revision revision of etcd that the watch has reached
	 * @param entries number of keys in the watched ranges
	 * @param synced whether the watch is in sync, {@code false} if it is stale
	 * @param since since when it is in sync or stale
	 * @param problem why it is stale or which keys cannot be read, {@code null} if there
	 * is no problem
	 * @param opened number of times that the watch was opened
	 * @param resyncs number of times that all keys had to be read again
	 * @param lastChange time of the last change, {@code null} if there was none
	 */
	record WatchDescriptor(String name, List<String> keys, long revision, int entries, boolean synced, Instant since,
			@Nullable String problem, long opened, long resyncs, @Nullable Instant lastChange) {

		static WatchDescriptor of(MirrorReport watch) {
			return new WatchDescriptor(watch.name(), watch.keys(), watch.revision(), watch.entries(),
					watch.status().synced(), watch.status().since(), text(watch.status().problem()), watch.watches(),
					watch.resyncs(), watch.lastDelivery());
		}

	}

	/**
	 * Description of the configuration.
	 *
	 * @param revision the applied revision, {@code null} if changes are not watched
	 * @param seenRevision newest revision received from etcd
	 * @param lastApplied the last change applied since startup
	 * @param lastRejected the last change rejected since startup
	 * @param rejectedNow whether the newest revision is rejected
	 * @param sources the property sources in order of precedence, highest first
	 */
	record ConfigurationDescriptor(@Nullable Long revision, @Nullable Long seenRevision,
			LastChanges.@Nullable Applied lastApplied, LastChanges.@Nullable Rejected lastRejected,
			@Nullable Boolean rejectedNow, List<SourceDescriptor> sources) {

		static ConfigurationDescriptor of(@Nullable ConfigurationStatus status, LastChanges changes,
				LiveConfiguration live) {
			return new ConfigurationDescriptor((status != null) ? status.appliedRevision() : null,
					(status != null) ? status.seenRevision() : null, changes.applied(), changes.rejected(),
					(status != null) ? status.rejected() != null : null, sources(live));
		}

		private static List<SourceDescriptor> sources(LiveConfiguration live) {
			Configuration current = live.current();
			List<SourceDescriptor> sources = new ArrayList<>();
			for (String name : live.sources()) {
				sources.add(0, SourceDescriptor.of(name, current.of(name)));
			}
			return List.copyOf(sources);
		}

	}

	/**
	 * Description of a property source, without its values.
	 *
	 * @param name name of the property source
	 * @param properties origin of each property by its name
	 */
	record SourceDescriptor(String name, Map<String, PropertyDescriptor> properties) {

		static SourceDescriptor of(String name, ConfigValues values) {
			Map<String, PropertyDescriptor> properties = new TreeMap<>();
			for (String property : values.names()) {
				ConfigProperty found = values.get(property);
				if (found != null && found.origin() instanceof KeyOrigin origin) {
					properties.put(property, PropertyDescriptor.of(origin));
				}
			}
			return new SourceDescriptor(name, Collections.unmodifiableMap(properties));
		}

	}

	/**
	 * Origin of a property.
	 *
	 * @param key the key in etcd
	 * @param modRevision revision of the last modification of the key
	 * @param location line and column in the document that the key holds, {@code null} if
	 * the key holds a single property
	 */
	record PropertyDescriptor(String key, long modRevision, @Nullable String location) {

		static PropertyDescriptor of(KeyOrigin origin) {
			String location = (origin.location() != null) ? origin.location().toString() : null;
			return new PropertyDescriptor(origin.key(), origin.revision(), location);
		}

	}

}
