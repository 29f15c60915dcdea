package io.github.etcdspring.actuate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

import io.github.etcdspring.actuate.EtcdDescriptor.ConfigurationDescriptor;
import io.github.etcdspring.actuate.EtcdDescriptor.LeaseDescriptor;
import io.github.etcdspring.actuate.EtcdDescriptor.VanishedInstance;
import io.github.etcdspring.actuate.EtcdDescriptor.WatchDescriptor;
import io.github.etcdspring.client.ClusterProbe;
import io.github.etcdspring.client.ClusterStatus;
import io.github.etcdspring.config.ConfigWatch;
import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.lease.LeaseSession;
import io.github.etcdspring.loadbalancer.EjectedInstance;
import io.github.etcdspring.loadbalancer.OutlierEjection;
import io.github.etcdspring.mirror.MirrorReport;
import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.refresh.LiveConfiguration;
import io.github.etcdspring.registry.EtcdServiceRegistry;
import io.github.etcdspring.registry.InstanceOverride;
import io.github.etcdspring.registry.InstanceOverrides;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/**
 * {@link Endpoint @Endpoint} that shows the state of cluster, lease, registrations,
 * watches and configuration. It probes the members of the cluster for one second at most,
 * and shows no configuration values.
 */
@Endpoint(id = "etcd", defaultAccess = Access.READ_ONLY)
final class EtcdEndpoint {

	private final ClusterProbe probe;

	private final LastChanges changes;

	private final ObjectProvider<LeaseSession> session;

	private final ObjectProvider<EtcdServiceRegistry> registry;

	private final ObjectProvider<ServiceCatalog> catalog;

	private final ObjectProvider<InstanceOverrides> overrides;

	private final ObjectProvider<OutlierEjection> ejection;

	private final ObjectProvider<ConfigWatch> watch;

	private final ObjectProvider<ConfigRefresh> refresh;

	private final ObjectProvider<LiveConfiguration> configuration;

	EtcdEndpoint(ClusterProbe probe, LastChanges changes, ObjectProvider<LeaseSession> session,
			ObjectProvider<EtcdServiceRegistry> registry, ObjectProvider<ServiceCatalog> catalog,
			ObjectProvider<InstanceOverrides> overrides, ObjectProvider<OutlierEjection> ejection,
			ObjectProvider<ConfigWatch> watch, ObjectProvider<ConfigRefresh> refresh,
			ObjectProvider<LiveConfiguration> configuration) {
		this.probe = probe;
		this.changes = changes;
		this.session = session;
		this.registry = registry;
		this.catalog = catalog;
		this.overrides = overrides;
		this.ejection = ejection;
		this.watch = watch;
		this.refresh = refresh;
		this.configuration = configuration;
	}

	@ReadOperation
	EtcdDescriptor etcd() {
		// an application that only may use locks has a session without a lease
		LeaseSession lease = this.session.stream().filter(LeaseSession::isStarted).findFirst().orElse(null);
		EtcdServiceRegistry instances = this.registry.getIfAvailable();
		return new EtcdDescriptor(cluster(), (lease != null) ? LeaseDescriptor.of(lease) : null,
				(instances != null) ? instances.registrations() : null, watches(lease), configuration(), ejected(),
				overridden(), vanished());
	}

	private @Nullable ClusterStatus cluster() {
		try {
			return this.probe.probe(ClusterHealthIndicator.TIMEOUT);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return null;
		}
	}

	private List<WatchDescriptor> watches(@Nullable LeaseSession lease) {
		List<MirrorReport> watches = new ArrayList<>();
		this.catalog.ifAvailable((services) -> watches.addAll(services.watches()));
		this.watch.ifAvailable((configuration) -> watches.addAll(configuration.watches()));
		if (lease != null) {
			lease.watches().stream().sorted(Comparator.comparing((own) -> own.keys().toString())).forEach(watches::add);
		}
		this.overrides.ifAvailable((all) -> watches.add(all.watch()));
		return watches.stream().map(WatchDescriptor::of).toList();
	}

	private @Nullable List<EjectedInstance> ejected() {
		OutlierEjection ejecting = this.ejection.getIfAvailable();
		List<EjectedInstance> ejected = (ejecting != null) ? ejecting.ejected() : List.of();
		return (ejected.isEmpty()) ? null : ejected;
	}

	private @Nullable List<InstanceOverride> overridden() {
		ServiceCatalog services = this.catalog.getIfAvailable();
		List<InstanceOverride> overridden = (services != null) ? services.overrides() : List.of();
		return (overridden.isEmpty()) ? null : overridden;
	}

	private @Nullable List<VanishedInstance> vanished() {
		ServiceCatalog services = this.catalog.getIfAvailable();
		List<VanishedInstance> vanished = (services != null) ? VanishedInstance.of(services.massExpiries()) : List.of();
		return (vanished.isEmpty()) ? null : vanished;
	}

	private @Nullable ConfigurationDescriptor configuration() {
		LiveConfiguration imported = this.configuration.getIfAvailable();
		ConfigRefresh following = this.refresh.getIfAvailable();
		return (imported != null)
				? ConfigurationDescriptor.of((following != null) ? following.status() : null, this.changes, imported)
				: null;
	}

}
