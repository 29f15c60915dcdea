package io.github.etcdspring.test;

import java.util.List;

import io.github.etcdspring.client.BootstrapConnectionDetailsResolver;
import io.github.etcdspring.client.EtcdConnectionDetails;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.Binder;

/**
 * Asks several sources in order and caches the first result.
 */
final class CompositeBootstrapConnectionDetails implements BootstrapConnectionDetailsResolver {

	private final List<BootstrapConnectionDetailsResolver> sources;

	private @Nullable EtcdConnectionDetails found;

	private boolean searched;

	CompositeBootstrapConnectionDetails(List<BootstrapConnectionDetailsResolver> sources) {
		this.sources = sources;
	}

	@Override
	public synchronized @Nullable EtcdConnectionDetails find(Binder binder) {
		if (!this.searched) {
			for (BootstrapConnectionDetailsResolver source : this.sources) {
				this.found = (this.found != null) ? this.found : source.find(binder);
			}
			this.searched = true;
		}
		return this.found;
	}

}
