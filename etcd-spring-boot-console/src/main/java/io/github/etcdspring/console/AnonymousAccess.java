package io.github.etcdspring.console;

import java.util.regex.Pattern;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.function.ServerRequest;

/**
 * Access for everybody who can connect. Protects the console against other pages in the
 * same browser: {@code Host} must be a loopback name or address, as a protection against
 * DNS rebinding, and a change needs a header and a content type that a page of another
 * site cannot send.
 */
final class AnonymousAccess implements Access {

	private static final Pattern LOCAL = Pattern.compile("(localhost|127\\.0\\.0\\.1|\\[::1])(:\\d+)?",
			Pattern.CASE_INSENSITIVE);

	private static final User USER = new User("anonymous", Role.OPERATOR);

	@Override
	public User user(ServerRequest request) {
		String host = request.headers().firstHeader(HttpHeaders.HOST);
		if (host == null || !LOCAL.matcher(host).matches()) {
			throw new RefusedException("Without Spring Security, the console accepts requests to localhost only");
		}
		if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
			if (!"etcd-console".equals(request.headers().firstHeader("X-Requested-With"))) {
				throw new RefusedException("A change requires the header 'X-Requested-With: etcd-console'");
			}
			if (!request.method().equals(HttpMethod.DELETE)
					&& !request.headers().contentType().filter(MediaType.APPLICATION_JSON::includes).isPresent()) {
				throw new RefusedException("A change requires the content type 'application/json'");
			}
		}
		return USER;
	}

}
