package io.github.etcdspring.discovery;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.github.etcdspring.mirror.MirrorReport;
import io.github.etcdspring.mirror.MirrorStatus;

/**
 * The services whose instances are mirrored: all, or those that are called. Thread-safe.
 */
interface FollowedServices extends AutoCloseable {

	/** Result of a look-up that has nothing to wait for. */
	CompletableFuture<Void> FOLLOWED = CompletableFuture.completedFuture(null);

	/**
	 * Start to follow, in the background.
	 */
	void open();

	/**
	 * Wait until the services that are followed from the start have been listed.
	 * @param timeout how long to wait
	 * @return whether they have been listed
	 * @throws InterruptedException if the thread is interrupted
	 */
	boolean awaitListed(Duration timeout) throws InterruptedException;

	/**
	 * Follow a service that is looked up.
	 * @param service the name of the service
	 * @return completed when the catalog holds its instances, or when etcd has not
	 * answered in time; never fails
	 */
	CompletableFuture<?> follow(String service);

	/**
	 * Return the names of all services.
	 * @param known the catalog
	 * @return completed with sorted names
	 */
	CompletableFuture<List<String>> names(Catalog known);

	/**
	 * Return whether only the name of a service is known.
	 * @param service the name of the service
	 * @return {@code true} if it is not followed and its name has been read
	 */
	boolean isNamedOnly(String service);

	/**
	 * Return the highest revision that the catalog reflects.
	 * @return the revision, 0 before the first list
	 */
	long revision();

	/**
	 * Return whether all followed services are in sync.
	 * @return the status
	 */
	MirrorStatus status();

	/**
	 * Return the sum of all watches.
	 * @return a report
	 */
	MirrorReport total();

	/**
	 * Return each watch.
	 * @return the reports
	 */
	List<MirrorReport> watches();

	@Override
	void close();

}
