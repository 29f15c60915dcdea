package io.github.etcdspring.registry;

/**
 * Provides the port of the application's gRPC server.
 */
@FunctionalInterface
interface GrpcPort {

	/** For an application without a gRPC server. */
	GrpcPort NONE = () -> 0;

	/**
	 * Return the port.
	 * @return the port that the server listens on, 0 if there is none
	 */
	int get();

}
