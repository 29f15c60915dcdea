package io.github.etcdspring.console;

/**
 * A part of the API.
 */
@FunctionalInterface
interface Api {

	/**
	 * Add the routes of this part.
	 * @param routes receives the routes
	 */
	void addTo(Routes routes);

}
