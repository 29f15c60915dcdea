package io.github.etcdspring.console;

import java.util.List;

import org.springframework.http.HttpMethod;

/**
 * The user and the settings of the console.
 */
final class SessionApi implements Api {

	private final String configPrefix;

	private final String application;

	SessionApi(String configPrefix, String application) {
		this.configPrefix = configPrefix;
		this.application = application;
	}

	@Override
	public void addTo(Routes routes) {
		routes.add(HttpMethod.GET, "session", Role.VIEWER,
				(call) -> new Session(call.user().name(), call.user().roles(), this.configPrefix, this.application));
	}

	/**
	 * The user of the page.
	 *
	 * @param user name of the user
	 * @param roles his roles
	 * @param configPrefix prefix of the configuration keys, ending with a slash
	 * @param application name of the application that serves the console
	 */
	private record Session(String user, List<Role> roles, String configPrefix, String application) {

	}

}
