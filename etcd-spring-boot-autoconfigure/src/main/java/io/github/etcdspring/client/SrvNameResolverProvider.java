package io.github.etcdspring.client;

import java.net.URI;

import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import org.jspecify.annotations.Nullable;

/**
 * Makes {@link SrvNameResolver} known to gRPC, by a scheme of its own: jetcd has a
 * resolver for {@code dns+srv}. With a priority below that of DNS, as the scheme of
 * highest priority is that of targets without one.
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
