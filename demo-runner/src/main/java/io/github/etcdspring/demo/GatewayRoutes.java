package io.github.etcdspring.demo;

/**
 * Routes of the gateway as they are kept in etcd.
 */
final class GatewayRoutes {

	/** Where they are kept. */
	static final String KEY = "/config/gateway/routes.yaml";

	private GatewayRoutes() {
	}

	/**
	 * A route from a path to the service {@code greeting}.
	 */
	static String to(String path) {
		return route(path, "SetPath=/greeting");
	}

	/**
	 * A route with a filter that does not exist.
	 */
	static String broken(String path) {
		return route(path, "Nonsense");
	}

	private static String route(String path, String filter) {
		return "{spring.cloud.gateway.server.webflux.routes: [{id: hello, uri: lb://greeting, predicates: [Path=" + path
				+ "], filters: [" + filter + "]}]}";
	}

}
