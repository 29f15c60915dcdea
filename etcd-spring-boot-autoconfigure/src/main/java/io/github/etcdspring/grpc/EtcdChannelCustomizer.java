package io.github.etcdspring.grpc;

import io.grpc.ManagedChannelBuilder;

/**
 * Binds channels of plain gRPC to the services of an application context. It is only
 * needed if several application contexts are open in one JVM: without it, a channel with
 * a target such as {@code etcd:///orders} uses the application context that was opened
 * last. Channels of Spring gRPC are bound to their application context already.
 * Thread-safe.
 *
 * @since 0.1.0
 */
public final class EtcdChannelCustomizer {

	private final ContextServices services;

	EtcdChannelCustomizer(ContextServices services) {
		this.services = services;
	}

	/**
	 * Bind a channel to the services of this application context. Has no effect on
	 * targets that are not resolved by etcd.
	 * @param builder the builder of the channel
	 */
	public void customize(ManagedChannelBuilder<?> builder) {
		builder.setNameResolverArg(ContextServices.ARGUMENT, this.services);
	}

}
