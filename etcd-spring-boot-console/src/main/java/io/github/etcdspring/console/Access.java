package io.github.etcdspring.console;

import org.springframework.web.servlet.function.ServerRequest;

/**
 * Decides who may use the console.
 */
interface Access {

	/**
	 * Return the user of a request.
	 * @param request the request
	 * @return the user, without a role if the request is not authenticated
	 * @throws RefusedException if the request is not from a page of the console
	 */
	User user(ServerRequest request);

}
