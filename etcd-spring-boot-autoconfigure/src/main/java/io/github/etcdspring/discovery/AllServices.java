package io.github.etcdspring.discovery;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.Mirror;
import io.github.etcdspring.mirror.MirrorReport;
import io.github.etcdspring.mirror.MirrorStatus;
import io.github.etcdspring.registry.InstanceKeys;

/**
 * Follows all services with one watch.
 */
final class AllServices implements FollowedServices {

	private final Mirror mirror;

	AllServices(EtcdConnection connection, InstanceKeys keys, CatalogUpdater updater, Runnable listed) {
		this.mirror = new Mirror(connection, List.of(KeyRange.prefix(keys.prefix())), "services",
				updater.listener(null, listed));
	}

	@Override
	public void open() {
		this.mirror.start();
	}

	@Override
	public boolean awaitListed(Duration timeout) throws InterruptedException {
		return this.mirror.awaitListed(timeout);
	}

	@Override
	public CompletableFuture<?> follow(String service) {
		return FOLLOWED;
	}

	@Override
	public CompletableFuture<List<String>> names(Catalog known) {
		return CompletableFuture.completedFuture(known.names());
	}

	@Override
	public boolean isNamedOnly(String service) {
		return false;
	}

	@Override
	public long revision() {
		return this.mirror.revision();
	}

	@Override
	public MirrorStatus status() {
		return this.mirror.status();
	}

	@Override
	public MirrorReport total() {
		return this.mirror.report();
	}

	@Override
	public List<MirrorReport> watches() {
		return List.of(this.mirror.report());
	}

	@Override
	public void close() {
		this.mirror.close();
	}

}
