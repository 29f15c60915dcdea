package io.github.etcdspring.client;

import java.net.URI;

import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import org.jspecify.annotations.Nullable;

/**
 * Registers {@link SrvNameResolver} with gRPC. It uses a separate scheme, as jetcd
 * registers a resolver for {@code dns+srv}. Its priority is lower than that of DNS, as
 * the resolver with the highest priority is used for targets without a scheme.
 */
public final class SrvNameResolverProvider extends NameResolverProvider {

	static final String SCHEME = "etcd+srv";

	@Override
	protected boolean isAvailable() {
		return true;
	}

	@Override
	protected int priority() {
		return 4;
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
