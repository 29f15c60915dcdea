package io.github.etcdspring.grpc;

import java.net.URI;

import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.NameResolverRegistry;
import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;

/**
 * Creates a {@link ServiceNameResolver} for {@code scheme:///service}. Its priority is
 * lower than that of DNS, as the resolver with the highest priority is used for targets
 * without a scheme.
 */
abstract sealed class ServiceNameResolverProvider extends NameResolverProvider
		permits EtcdNameResolverProvider, DiscoveryNameResolverProvider {

	/** Added to gRPC later than all other types that are used. */
	private static final boolean IS_AVAILABLE = ClassUtils.isPresent("io.grpc.NameResolver$Args$Key",
			ServiceNameResolverProvider.class.getClassLoader());

	private final String scheme;

	ServiceNameResolverProvider(String scheme) {
		this.scheme = scheme;
	}

	@Override
	protected boolean isAvailable() {
		return IS_AVAILABLE;
	}

	@Override
	protected int priority() {
		return 4;
	}

	@Override
	public String getDefaultScheme() {
		return this.scheme;
	}

	@Override
	public @Nullable NameResolver newNameResolver(URI target, NameResolver.Args args) {
		if (!this.scheme.equalsIgnoreCase(target.getScheme())) {
			return null;
		}
		if (target.isOpaque()) {
			return hostAndPort(target, args);
		}
		// the raw path, as an authority must not contain special characters
		String name = target.getRawPath().replaceFirst("^/", "");
		if (target.getRawAuthority() != null || name.isEmpty() || name.contains("/")) {
			throw new IllegalArgumentException("Invalid target '" + target + "'. Use " + this.scheme
					+ ":///{service}, with three slashes and the name of a service, such as " + this.scheme
					+ ":///orders");
		}
		return new ServiceNameResolver(target.getPath().substring(1), name, args);
	}

	/**
	 * Leaves a target such as {@code etcd:2379}, which is a host and its port, to DNS.
	 */
	private static @Nullable NameResolver hostAndPort(URI target, NameResolver.Args args) {
		NameResolverRegistry registry = NameResolverRegistry.getDefaultRegistry();
		return registry.asFactory().newNameResolver(URI.create(registry.getDefaultScheme() + ":///" + target), args);
	}

}
