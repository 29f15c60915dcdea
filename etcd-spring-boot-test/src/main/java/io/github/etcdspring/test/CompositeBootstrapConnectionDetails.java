package io.github.etcdspring.test;

import java.util.List;

import io.github.etcdspring.client.BootstrapConnectionDetails;
import io.github.etcdspring.client.EtcdConnectionDetails;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.Binder;

/**
 * Asks several sources in order and caches the first result.
 */
final class CompositeBootstrapConnectionDetails implements BootstrapConnectionDetails {

	private final List<BootstrapConnectionDetails> sources;

	private @Nullable EtcdConnectionDetails found;

	private boolean searched;

	CompositeBootstrapConnectionDetails(List<BootstrapConnectionDetails> sources) {
		this.sources = sources;
	}

	@Override
	public synchronized @Nullable EtcdConnectionDetails find(Binder binder) {
		if (!this.searched) {
			for (BootstrapConnectionDetails source : this.sources) {
				this.found = (this.found != null) ? this.found : source.find(binder);
			}
			this.searched = true;
		}
		return this.found;
	}

}
