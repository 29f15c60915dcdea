package io.github.etcdspring.grpc;

/**
 * Resolves gRPC targets such as {@code discovery:///orders}, which applications of other
 * registries use, to the instances of a service in etcd. gRPC loads it as a Java service.
 * A provider of another library for the same scheme takes precedence.
 *
 * @since 0.1.0
 */
public final class DiscoveryNameResolverProvider extends ServiceNameResolverProvider {

	/**
	 * Create a provider. Called by gRPC.
	 */
	public DiscoveryNameResolverProvider() {
		super("discovery");
	}

}
