package io.github.etcdspring.console;

import java.util.Locale;

import org.jspecify.annotations.Nullable;

import org.springframework.http.CacheControl;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.function.HandlerFunction;
import org.springframework.web.servlet.function.RequestPredicates;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * Routes of the API, each with the role that it requires.
 */
final class Routes {

	private final RouterFunctions.Builder builder;

	private final String path;

	private final Access access;

	Routes(RouterFunctions.Builder builder, String path, Access access) {
		this.builder = builder;
		this.path = path;
		this.access = access;
	}

	/**
	 * Add a route. Names and keys are parameters and not parts of its path, as web
	 * servers and firewalls reject paths with encoded slashes, percent signs and others.
	 * @param method the method of the request
	 * @param path the path below {@code api}
	 * @param role the required role
	 * @param handler handles permitted requests
	 */
	void add(HttpMethod method, String path, Role role, Handler handler) {
		this.builder.route(RequestPredicates.method(method).and(RequestPredicates.path(this.path + "/api/" + path)),
				function(role, handler));
	}

	private HandlerFunction<ServerResponse> function(Role role, Handler handler) {
		return (request) -> {
			User user = this.access.user(request);
			if (!user.has(role)) {
				throw new RefusedException(
						"The role '" + role.name().toLowerCase(Locale.ROOT) + "' of the console is required");
			}
			Object answer = handler.handle(new Call(user, request));
			if (answer instanceof ServerResponse response) {
				return response;
			}
			if (answer == null) {
				return ServerResponse.noContent().cacheControl(CacheControl.noStore()).build();
			}
			return ServerResponse.ok()
				.cacheControl(CacheControl.noStore())
				.contentType(MediaType.APPLICATION_JSON)
				.body(answer);
		};
	}

	/**
	 * Handles a request of the API.
	 */
	@FunctionalInterface
	interface Handler {

		/**
		 * Handle a permitted request.
		 * @param call the request
		 * @return the content of the response, {@code null} if it has none
		 * @throws Exception if the request fails
		 */
		@Nullable Object handle(Call call) throws Exception;

	}

}
