package io.github.etcdspring.grpc;

/**
 * Resolves gRPC targets such as {@code etcd:///orders} to the instances of a service in
 * etcd. gRPC loads it as a Java service.
 *
 * @since 0.1.0
 */
public final class EtcdNameResolverProvider extends ServiceNameResolverProvider {

	/**
	 * Create a provider. Called by gRPC.
	 */
	public EtcdNameResolverProvider() {
		super("etcd");
	}

}
