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
 * How the shop stands with etcd. Nothing is asked of etcd for it: whoever watches learns
 * of an outage by the watch.
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
	 * What the page puts into words.
	 *
	 * @param reachable whether changes in etcd arrive as they happen
	 * @param services how the catalog follows etcd
	 * @param configuration how the configuration does, {@code null} if it does not
	 * @param registrations what etcd has of the shop itself
	 */
	record Health(boolean reachable, Watch services, @Nullable Watch configuration,
			List<RegistrationStatus> registrations) {

	}

	/**
	 * A watch.
	 *
	 * @param synced whether it is open
	 * @param since since when
	 * @param problem why it is not, {@code null} if it is
	 */
	record Watch(boolean synced, Instant since, @Nullable String problem) {

	}

}
