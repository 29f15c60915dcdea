package io.github.etcdspring.sample.board;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

import io.github.etcdspring.discovery.MassExpiry;
import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.registry.EtcdServiceInstance;
import org.jspecify.annotations.Nullable;

import org.springframework.cloud.client.serviceregistry.Registration;
import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Component;

/**
 * Tracks the instances in the catalog and the time at which each was first seen, and the
 * instances that have vanished from etcd at once.
 */
@Component
@Profile("consumer")
final class InstanceTracker {

	/** Keeps the page readable. */
	private static final int MAX_INSTANCES = 100;

	private static final String VANISHED = "VANISHED";

	private final ServiceCatalog catalog;

	private final Registration self;

	private @Nullable Map<String, List<EtcdServiceInstance>> lastInstances;

	private Map<String, MassExpiry> vanished = Map.of();

	private Map<String, TrackedInstance> tracked = Map.of();

	InstanceTracker(ServiceCatalog catalog, Registration self) {
		this.catalog = catalog;
		this.self = self;
	}

	/**
	 * Compare the catalog with the last update.
	 * @return descriptions of the changes, {@code null} if the catalog is the same
	 */
	synchronized @Nullable List<String> update() {
		Map<String, List<EtcdServiceInstance>> now = this.catalog.instances();
		Map<String, MassExpiry> vanishedNow = this.catalog.massExpiries();
		if (now == this.lastInstances && vanishedNow.equals(this.vanished)) {
			return null;
		}
		this.vanished = vanishedNow;
		Instant time = Instant.now();
		Map<String, TrackedInstance> seen = new HashMap<>();
		List<String> changes = new ArrayList<>();
		now.forEach((service, instances) -> instances.forEach((instance) -> {
			TrackedInstance former = this.tracked.get(key(instance));
			boolean same = former != null && former.instance().revision() == instance.revision();
			seen.put(key(instance), (same) ? former : new TrackedInstance(instance, time));
			describe(former, instance, changes);
		}));
		this.tracked.forEach((key, trackedInstance) -> {
			if (!seen.containsKey(key)) {
				changes.add(trackedInstance.instance().instanceId() + " removed from "
						+ trackedInstance.instance().serviceId() + ".");
			}
		});
		boolean isFirst = this.lastInstances == null;
		this.lastInstances = now;
		this.tracked = seen;
		return (isFirst) ? List.of() : changes;
	}

	private static void describe(@Nullable TrackedInstance former, EtcdServiceInstance instance, List<String> changes) {
		if (former == null) {
			changes.add(instance.instanceId() + " added to " + instance.serviceId() + " with status "
					+ instance.status() + ".");
		}
		else if (!former.instance().status().equals(instance.status())) {
			changes.add(instance.instanceId() + " of " + instance.serviceId() + " changed status to "
					+ instance.status() + ".");
		}
	}

	/**
	 * Return the instances of the last update.
	 * @return the instances by service
	 */
	synchronized InstanceList list() {
		Map<String, List<InstanceRow>> services = new TreeMap<>();
		int left = MAX_INSTANCES;
		int more = 0;
		Map<String, List<EtcdServiceInstance>> instances = (this.lastInstances != null) ? this.lastInstances : Map.of();
		Set<String> names = new TreeSet<>(instances.keySet());
		names.addAll(this.vanished.keySet());
		for (String service : names) {
			List<InstanceRow> rows = new ArrayList<>();
			instances.getOrDefault(service, List.of())
				.forEach((instance) -> rows.add(row(instance, instance.status())));
			vanished(service).forEach((instance) -> rows.add(row(instance, VANISHED)));
			List<InstanceRow> shown = rows.stream().limit(left).toList();
			left -= shown.size();
			more += rows.size() - shown.size();
			services.put(service, shown);
		}
		return new InstanceList(services, more);
	}

	private Stream<EtcdServiceInstance> vanished(String service) {
		MassExpiry expiry = this.vanished.get(service);
		return (expiry != null) ? expiry.instances().stream().map(EtcdServiceInstance.class::cast) : Stream.empty();
	}

	private InstanceRow row(EtcdServiceInstance instance, String status) {
		TrackedInstance trackedInstance = this.tracked.get(key(instance));
		Map<String, String> metadata = new TreeMap<>(instance.metadata());
		String zone = metadata.remove("zone");
		boolean isSelf = instance.serviceId().equals(this.self.getServiceId())
				&& instance.instanceId().equals(this.self.getInstanceId());
		return new InstanceRow(key(instance), instance.serviceId(), instance.instanceId(), instance.getUri().toString(),
				status, zone, metadata, instance.revision(),
				(trackedInstance != null) ? trackedInstance.since() : Instant.now(), isSelf);
	}

	private static String key(EtcdServiceInstance instance) {
		return CallHistory.key(instance.serviceId(), instance.instanceId());
	}

	/**
	 * An instance and the time at which its revision was first seen.
	 *
	 * @param instance the instance
	 * @param since the time
	 */
	private record TrackedInstance(EtcdServiceInstance instance, Instant since) {

	}

	/**
	 * Instances by service.
	 *
	 * @param services the services by name
	 * @param more number of instances beyond the limit
	 */
	record InstanceList(Map<String, List<InstanceRow>> services, int more) {

	}

}
