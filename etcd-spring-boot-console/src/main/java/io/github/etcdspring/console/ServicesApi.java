package io.github.etcdspring.console;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import io.github.etcdspring.fleet.FleetInstance;
import io.github.etcdspring.registry.EtcdServiceInstance;
import io.github.etcdspring.registry.InstanceOverride;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpMethod;

/**
 * Services and their instances.
 */
final class ServicesApi implements Api {

	private static final String OUT_OF_SERVICE = "OUT_OF_SERVICE";

	private final ContentMirror mirror;

	ServicesApi(ContentMirror mirror) {
		this.mirror = mirror;
	}

	@Override
	public void addTo(Routes routes) {
		routes.add(HttpMethod.GET, "services", Role.VIEWER, this::services);
		routes.add(HttpMethod.GET, "instances", Role.VIEWER, this::instances);
	}

	private Page<ServiceItem> services(Call call) throws InterruptedException {
		Content content = this.mirror.content(Topic.SERVICES);
		Search search = Search.of(call);
		List<String> names = content.instances().names().stream().filter(search::matches).toList();
		return call.page(names, 50, (name) -> service(content, name));
	}

	private static ServiceItem service(Content content, String name) {
		Collection<RegisteredInstance> instances = content.instances().of(name).values();
		int up = 0;
		int outOfService = 0;
		Set<String> zones = new TreeSet<>();
		Set<String> versions = new TreeSet<>();
		for (RegisteredInstance registered : instances) {
			InstanceOverride override = content.override(registered);
			EtcdServiceInstance instance = (override != null) ? override.applyTo(registered.instance())
					: registered.instance();
			up += (instance.isUp()) ? 1 : 0;
			outOfService += (instance.status().equals(OUT_OF_SERVICE)) ? 1 : 0;
			add(instance.metadata().get("zone"), zones);
			add(instance.metadata().get("version"), versions);
		}
		return new ServiceItem(name, instances.size(), up, outOfService, List.copyOf(zones), List.copyOf(versions));
	}

	private static void add(@Nullable String text, Set<String> texts) {
		if (text != null) {
			texts.add(text);
		}
	}

	private Page<InstanceItem> instances(Call call) throws InterruptedException {
		Content content = this.mirror.content(Topic.SERVICES);
		Search search = Search.of(call);
		List<RegisteredInstance> found = new ArrayList<>();
		for (RegisteredInstance registered : content.instances().of(call.requiredParam("service")).values()) {
			EtcdServiceInstance instance = registered.instance();
			if (search.matches(instance.instanceId(), instance.getUri().toString(), instance.status(),
					instance.metadata().get("zone"), instance.metadata().get("version"))) {
				found.add(registered);
			}
		}
		return call.page(found, 100, (registered) -> instance(content, registered));
	}

	private static InstanceItem instance(Content content, RegisteredInstance registered) {
		EtcdServiceInstance instance = registered.instance();
		Map<String, String> metadata = new TreeMap<>(instance.metadata());
		String zone = metadata.remove("zone");
		String version = metadata.remove("version");
		String weight = metadata.remove("weight");
		InstanceOverride override = content.override(registered);
		FleetInstance fleet = content.fleet().find(instance.serviceId(), instance.instanceId());
		return new InstanceItem(instance.instanceId(), instance.getUri().toString(), instance.status(), zone, version,
				weight(weight), metadata, instance.revision(), (override != null) ? OverrideItem.of(override) : null,
				(fleet != null) ? FleetState.of(fleet) : null);
	}

	private static int weight(@Nullable String text) {
		try {
			return (text != null) ? Math.max(1, Integer.parseInt(text)) : 1;
		}
		catch (NumberFormatException ex) {
			return 1;
		}
	}

	/**
	 * A service.
	 *
	 * @param service name of the service
	 * @param instances number of its instances
	 * @param up number of the instances that are called
	 * @param outOfService number of the instances that were taken out of service
	 * @param zones zones of its instances
	 * @param versions versions of its instances
	 */
	private record ServiceItem(String service, int instances, int up, int outOfService, List<String> zones,
			List<String> versions) {

	}

	/**
	 * An instance.
	 *
	 * @param id id of the instance
	 * @param uri its address
	 * @param status its status, without the override
	 * @param zone its zone
	 * @param version its version
	 * @param weight its weight, without the override
	 * @param metadata its other metadata
	 * @param revision revision of the last put of its key
	 * @param override its override, {@code null} if there is none
	 * @param fleet its configuration, {@code null} if it publishes none
	 */
	private record InstanceItem(String id, String uri, String status, @Nullable String zone, @Nullable String version,
			int weight, Map<String, String> metadata, long revision, @Nullable OverrideItem override,
			@Nullable FleetState fleet) {

	}

}
