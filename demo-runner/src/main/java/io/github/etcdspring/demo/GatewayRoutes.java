package io.github.etcdspring.demo;

/**
 * Route definitions of the gateway, as stored in etcd.
 */
final class GatewayRoutes {

	/** The key in etcd. */
	static final String KEY = "/config/gateway/routes.yaml";

	private GatewayRoutes() {
	}

	/**
	 * Return a route from a path to the service {@code greeting}.
	 */
	static String to(String path) {
		return route(path, "SetPath=/greeting");
	}

	/**
	 * Return a route with an unknown filter.
	 */
	static String broken(String path) {
		return route(path, "Nonsense");
	}

	private static String route(String path, String filter) {
		return "{spring.cloud.gateway.server.webflux.routes: [{id: hello, uri: lb://greeting, predicates: [Path=" + path
				+ "], filters: [" + filter + "]}]}";
	}

}
