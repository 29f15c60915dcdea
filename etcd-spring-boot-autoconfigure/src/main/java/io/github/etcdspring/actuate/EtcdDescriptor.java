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
 * What the endpoint says. Parts that the application does not use are missing.
 *
 * @param cluster endpoints and members of etcd
 * @param lease the lease of this application
 * @param registrations its instances
 * @param watches what it follows
 * @param configuration where its properties come from
 * @param ejected instances that it does not call at the moment, {@code null} if there are
 * none
 */
record EtcdDescriptor(@Nullable ClusterStatus cluster, @Nullable LeaseDescriptor lease,
		@Nullable List<RegistrationStatus> registrations, List<WatchDescriptor> watches,
		@Nullable ConfigurationDescriptor configuration,
		@Nullable List<EjectedInstance> ejected) implements OperationResponseBody {

	private static @Nullable String text(@Nullable EtcdProblem problem) {
		return (problem != null) ? problem.text() : null;
	}

	/**
	 * The lease.
	 *
	 * @param id its id in the form of {@code etcdctl}, {@code null} while there is none
	 * @param ttl time to live that etcd granted
	 * @param since when it was granted, or when there ceased to be one
	 * @param renewals how often it was renewed
	 * @param losses how many leases were lost and replaced
	 * @param problem what keeps a lease or a key from etcd
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
	 * A watch.
	 *
	 * @param name what it follows
	 * @param keys the keys or prefixes
	 * @param revision revision that it has reached
	 * @param entries how many keys there are
	 * @param synced whether changes arrive as they happen
	 * @param since since when that is so, or not
	 * @param problem why it is not synced
	 * @param opened how often it has been opened
	 * @param resyncs how often everything had to be read again
	 * @param lastChange when it brought a change last
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
	 * The configuration.
	 *
	 * @param revision revision that the application uses, {@code null} where it follows
	 * no changes
	 * @param seenRevision newest revision that has come
	 * @param lastApplied the last change that was applied since the start
	 * @param lastRejected the last that was rejected
	 * @param rejectedNow whether it is still the newest
	 * @param sources the property sources, those that win first
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
	 * A property source, without its values.
	 *
	 * @param name name of the property source
	 * @param properties where each property comes from, by its name
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
	 * Where a property comes from.
	 *
	 * @param key the key in etcd
	 * @param modRevision revision at which the key was last put
	 * @param location line and column in the document that the key holds, {@code null} if
	 * it holds none
	 */
	record PropertyDescriptor(String key, long modRevision, @Nullable String location) {

		static PropertyDescriptor of(KeyOrigin origin) {
			String location = (origin.location() != null) ? origin.location().toString() : null;
			return new PropertyDescriptor(origin.key(), origin.revision(), location);
		}

	}

}
