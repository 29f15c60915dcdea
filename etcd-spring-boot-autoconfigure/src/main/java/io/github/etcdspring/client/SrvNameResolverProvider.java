package io.github.etcdspring.client;

import java.net.URI;

import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import org.jspecify.annotations.Nullable;

/**
 * Makes {@link SrvNameResolver} known to gRPC, ahead of jetcd's for the same scheme.
 */
public final class SrvNameResolverProvider extends NameResolverProvider {

	static final String SCHEME = "dns+srv";

	@Override
	protected boolean isAvailable() {
		return true;
	}

	@Override
	protected int priority() {
		return 6;
	}

	@Override
	public String getDefaultScheme() {
		return SCHEME;
	}

	@Override
	public @Nullable NameResolver newNameResolver(URI target, NameResolver.Args args) {
		boolean named = SCHEME.equals(target.getScheme()) && target.getPath() != null && target.getPath().length() > 1;
		return (named) ? new SrvNameResolver(target, args) : null;
	}

}
