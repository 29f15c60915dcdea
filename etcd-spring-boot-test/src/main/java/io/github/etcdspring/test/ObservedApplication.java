package io.github.etcdspring.test;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

import io.github.etcdspring.config.ConfigImport;
import io.github.etcdspring.config.ConfigWatch;
import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.refresh.ConfigurationStatus;
import io.github.etcdspring.registry.EtcdDiscoveryProperties;
import io.github.etcdspring.registry.EtcdServiceInstance;
import io.github.etcdspring.registry.InstanceKeys;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.context.ApplicationContext;

/**
 * Waits until an application follows etcd.
 */
final class ObservedApplication {

	private static final Log logger = LogFactory.getLog(ObservedApplication.class);

	private final SharedEtcd etcd;

	private final Supplier<@Nullable ApplicationContext> context;

	private final Duration timeout;

	/**
	 * Create for an application that may not have been started yet.
	 * @param etcd the etcd
	 * @param context returns the application, {@code null} if the test has none
	 * @param timeout the timeout of each method
	 */
	ObservedApplication(SharedEtcd etcd, Supplier<@Nullable ApplicationContext> context, Duration timeout) {
		this.etcd = etcd;
		this.context = context;
		this.timeout = timeout;
	}

	void awaitApplied(Collection<String> keys, long revision) {
		ConfigRefresh refresh = refresh(keys);
		await("The application has not applied " + keys + " of revision " + revision, () -> {
			ConfigurationStatus status = refresh.followedStatus();
			if (status.appliedRevision() >= revision) {
				return null;
			}
			ConfigurationStatus.Rejected rejected = status.rejected();
			if (rejected != null && rejected.revision() >= revision) {
				throw new AssertionError(
						"The application has rejected " + keys + " of revision " + revision + ": " + rejected.reason());
			}
			return "Its configuration is of revision " + status.appliedRevision() + ".";
		});
	}

	ConfigurationStatus.Rejected awaitRejected(Collection<String> keys, long revision) {
		ConfigRefresh refresh = refresh(keys);
		await("The application has not rejected " + keys + " of revision " + revision, () -> {
			ConfigurationStatus status = refresh.followedStatus();
			if (status.appliedRevision() >= revision) {
				throw new AssertionError("The application has not rejected but applied " + keys + " of revision "
						+ revision + ". Its configuration is of revision " + status.appliedRevision() + ".");
			}
			return (isRejected(status, revision)) ? null
					: "Its configuration is of revision " + status.appliedRevision() + ".";
		});
		ConfigurationStatus.Rejected rejected = refresh.followedStatus().rejected();
		if (rejected == null) {
			throw new AssertionError("The application has rejected " + keys + " of revision " + revision
					+ ", and then applied a newer revision");
		}
		return rejected;
	}

	private static boolean isRejected(ConfigurationStatus status, long revision) {
		ConfigurationStatus.Rejected rejected = status.rejected();
		return rejected != null && rejected.revision() >= revision;
	}

	private ConfigRefresh refresh(Collection<String> keys) {
		ApplicationContext application = required();
		ConfigRefresh refresh = bean(application, ConfigRefresh.class);
		ConfigImport configImport = bean(application, ConfigImport.class);
		if (refresh == null || configImport == null) {
			throw new IllegalStateException("The application imports no configuration from etcd. Add"
					+ " spring.config.import=etcd: and check that spring.cloud.etcd.enabled and"
					+ " spring.cloud.etcd.config.enabled are not false.");
		}
		if (!isWatching(application)) {
			throw new IllegalStateException("The application does not follow its configuration. Check that"
					+ " spring.cloud.etcd.config.watch.enabled is not false, and that the application is running.");
		}
		List<String> prefixes = configImport.prefixes();
		for (String key : keys) {
			if (prefixes.stream().noneMatch(key::startsWith)) {
				throw new IllegalStateException("The application does not import the key " + key
						+ ". It imports the prefixes " + String.join(", ", prefixes) + ".");
			}
		}
		return refresh;
	}

	private static boolean isWatching(ApplicationContext application) {
		ConfigWatch watch = bean(application, ConfigWatch.class);
		return watch != null && watch.isRunning();
	}

	void awaitDiscovered(EtcdServiceInstance instance) {
		ServiceCatalog catalog = catalog();
		await("The application has not discovered " + name(instance),
				() -> (knows(catalog, instance)) ? null : known(catalog, instance));
	}

	void awaitRemoved(EtcdServiceInstance instance) {
		ServiceCatalog catalog = catalog();
		await("The application still knows " + name(instance),
				() -> (knows(catalog, instance)) ? known(catalog, instance) : null);
	}

	private ServiceCatalog catalog() {
		ServiceCatalog catalog = bean(required(), ServiceCatalog.class);
		if (catalog == null) {
			throw new IllegalStateException("The application does not discover services from etcd. Check that"
					+ " spring.cloud.etcd.enabled, spring.cloud.etcd.discovery.enabled and"
					+ " spring.cloud.discovery.enabled are not false.");
		}
		return catalog;
	}

	private static boolean knows(ServiceCatalog catalog, EtcdServiceInstance instance) {
		// with 'follow=called', a service is only known once it is looked up
		catalog.follow(instance.serviceId());
		return catalog.getInstances(instance.serviceId())
			.stream()
			.anyMatch((known) -> instance.instanceId().equals(known.getInstanceId()));
	}

	private static String known(ServiceCatalog catalog, EtcdServiceInstance instance) {
		return "It knows " + catalog.getInstances(instance.serviceId()).size() + " instances of the service.";
	}

	private static String name(EtcdServiceInstance instance) {
		return "the instance " + instance.instanceId() + " of " + instance.serviceId();
	}

	/**
	 * Return the keys of instances under the prefix of the application.
	 */
	InstanceKeys instanceKeys() {
		ApplicationContext application = this.context.get();
		EtcdDiscoveryProperties properties = (application != null) ? bean(application, EtcdDiscoveryProperties.class)
				: null;
		return (properties != null) ? InstanceKeys.of(properties) : new InstanceKeys("/services");
	}

	/**
	 * Wait until the application follows the cleanup of earlier tests, so that they do
	 * not affect the next one.
	 */
	void settle() {
		ApplicationContext application = this.context.get();
		if (application == null) {
			return;
		}
		long revision = lastImported(application);
		ConfigRefresh refresh = bean(application, ConfigRefresh.class);
		ServiceCatalog catalog = bean(application, ServiceCatalog.class);
		List<EtcdServiceInstance> removed = this.etcd.takeDeregistered();
		String obstacle = Polling.until(this.timeout, () -> {
			if (refresh != null && refresh.followedStatus().appliedRevision() < revision
					&& !isRejected(refresh.followedStatus(), revision)) {
				return "Its configuration is of revision " + refresh.followedStatus().appliedRevision()
						+ ", that in etcd of revision " + revision + ".";
			}
			return (catalog != null) ? removed.stream()
				.filter((instance) -> knows(catalog, instance))
				.findFirst()
				.map((instance) -> "It still knows " + name(instance) + ".")
				.orElse(null) : null;
		});
		if (obstacle != null) {
			logger.warn("The application does not follow etcd after " + this.timeout.toMillis()
					+ " ms, so the next test may see the state of an earlier one: " + obstacle);
		}
	}

	private long lastImported(ApplicationContext application) {
		ConfigImport configImport = bean(application, ConfigImport.class);
		if (configImport == null || !isWatching(application)) {
			return 0;
		}
		List<String> prefixes = configImport.prefixes();
		return this.etcd.revisions()
			.entrySet()
			.stream()
			.filter((entry) -> prefixes.stream().anyMatch(entry.getKey()::startsWith))
			.mapToLong(Map.Entry::getValue)
			.max()
			.orElse(0);
	}

	private void await(String expectation, Supplier<@Nullable String> check) {
		String obstacle = Polling.until(this.timeout, check);
		if (obstacle != null) {
			throw new AssertionError(
					expectation + " within " + this.timeout.toMillis() + " ms. " + obstacle + this.etcd.fault());
		}
	}

	private ApplicationContext required() {
		ApplicationContext application = this.context.get();
		if (application == null) {
			throw new IllegalStateException("The test has no application to wait for. Annotate it with"
					+ " @SpringBootTest, or pass an application that it has started: etcd.forApplication(context).");
		}
		return application;
	}

	private static <T> @Nullable T bean(ApplicationContext application, Class<T> type) {
		return application.getBeanProvider(type).getIfAvailable();
	}

}
