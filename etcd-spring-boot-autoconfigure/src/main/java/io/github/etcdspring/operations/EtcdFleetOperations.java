package io.github.etcdspring.operations;

import java.util.List;

import io.github.etcdspring.fleet.FleetInstance;
import io.github.etcdspring.fleet.FleetVersion;

/**
 * Reads which configuration each live instance uses, and which configuration properties
 * each version of an application has, for tools and pages that show it.
 * <p>
 * Known are the instances that import configuration from etcd and publish their state,
 * see {@code spring.cloud.etcd.fleet}. All methods are thread-safe, block the calling
 * thread for {@code spring.cloud.etcd.request-timeout} at most (5 seconds by default),
 * and throw {@link EtcdConfigException} if etcd rejects a request or does not respond, or
 * if the thread is interrupted.
 *
 * @since 0.1.0
 */
public interface EtcdFleetOperations {

	/**
	 * Read the instances of all services.
	 * @return an unmodifiable list, ordered by service and instance
	 */
	List<FleetInstance> list();

	/**
	 * Read the instances of a service.
	 * @param service name of the service
	 * @return an unmodifiable list, ordered by instance; empty if there is none
	 */
	List<FleetInstance> list(String service);

	/**
	 * Read the configuration properties of a service, for editors and checks. No live
	 * instance is necessary. Known are the versions that were started with
	 * {@code spring.cloud.etcd.fleet.publish-properties=true}, up to 20 for each service.
	 * A version whose description cannot be read is skipped.
	 * @param service name of the service
	 * @return an unmodifiable list, the version that was published last first; empty if
	 * there is none
	 */
	List<FleetVersion> properties(String service);

}
