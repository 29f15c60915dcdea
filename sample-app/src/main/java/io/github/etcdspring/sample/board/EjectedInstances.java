package io.github.etcdspring.sample.board;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.loadbalancer.EjectedInstance;
import io.github.etcdspring.loadbalancer.OutlierEjection;

import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Component;

/**
 * The instances that the shop knows but does not call at the moment.
 */
@Component
@Profile("consumer")
final class EjectedInstances {

	private final OutlierEjection ejection;

	private final ServiceCatalog catalog;

	EjectedInstances(OutlierEjection ejection, ServiceCatalog catalog) {
		this.ejection = ejection;
		this.catalog = catalog;
	}

	/**
	 * Return why instances are not called.
	 * @return the reasons by key of the instance
	 */
	Map<String, String> reasons() {
		Map<String, String> reasons = new HashMap<>();
		for (EjectedInstance ejected : this.ejection.ejected()) {
			Stream
				.concat(this.catalog.instances().getOrDefault(ejected.service(), List.of()).stream(),
						this.catalog.vanished(ejected.service()).stream())
				.filter((instance) -> instance.getHost().equals(ejected.host()) && instance.getPort() == ejected.port())
				.forEach((instance) -> reasons.put(
						CallHistory.key(ejected.service(), String.valueOf(instance.getInstanceId())),
						ejected.reason()));
		}
		return reasons;
	}

}
