package io.github.etcdspring.sample.board;

import java.time.Instant;
import java.util.List;

import io.github.etcdspring.config.ConfigWatch;
import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.mirror.MirrorStatus;
import io.github.etcdspring.registry.EtcdServiceRegistry;
import io.github.etcdspring.registry.RegistrationStatus;
import org.jspecify.annotations.Nullable;

import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Component;

/**
 * State of the watches and registrations of the shop. Sends no request to etcd: the
 * watches detect an outage.
 */
@Component
@Profile("consumer")
final class EtcdStatus {

	private final ServiceCatalog catalog;

	private final ConfigWatch configuration;

	private final EtcdServiceRegistry registry;

	EtcdStatus(ServiceCatalog catalog, ConfigWatch configuration, EtcdServiceRegistry registry) {
		this.catalog = catalog;
		this.configuration = configuration;
		this.registry = registry;
	}

	Health health() {
		MirrorStatus services = this.catalog.status();
		MirrorStatus properties = this.configuration.status();
		boolean reachable = services.synced() && (properties == null || properties.synced());
		return new Health(reachable, watch(services), (properties != null) ? watch(properties) : null,
				this.registry.registrations());
	}

	private static Watch watch(MirrorStatus status) {
		return new Watch(status.synced(), status.since(), (status.problem() != null) ? status.problem().text() : null);
	}

	/**
	 * State of the connection to etcd.
	 *
	 * @param reachable whether all watches are synced
	 * @param services state of the catalog's watch
	 * @param configuration state of the configuration's watch, {@code null} if there is
	 * none
	 * @param registrations registrations of the shop
	 */
	record Health(boolean reachable, Watch services, @Nullable Watch configuration,
			List<RegistrationStatus> registrations) {

	}

	/**
	 * State of a watch.
	 *
	 * @param synced whether it is open and up to date
	 * @param since time of the last change of this state
	 * @param problem reason why it is not synced, {@code null} if it is
	 */
	record Watch(boolean synced, Instant since, @Nullable String problem) {

	}

}
