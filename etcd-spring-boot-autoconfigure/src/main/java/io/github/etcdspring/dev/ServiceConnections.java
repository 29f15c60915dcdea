package io.github.etcdspring.dev;

import java.util.List;

import io.github.etcdspring.client.BootstrapConnectionDetails;
import io.github.etcdspring.client.EtcdConnectionDetails;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.Binder;

/**
 * The details that the first of several sources finds, once for an application.
 */
final class ServiceConnections implements BootstrapConnectionDetails {

	private final List<BootstrapConnectionDetails> sources;

	private @Nullable EtcdConnectionDetails found;

	private boolean searched;

	ServiceConnections(List<BootstrapConnectionDetails> sources) {
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
