package io.github.etcdspring.console;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.web.csrf.CsrfException;

/**
 * Problem details of requests that Spring Security refuses. Written at once, as the error
 * page of the application may require another role.
 */
final class SecurityProblems {

	private SecurityProblems() {
	}

	static void accessDenied(HttpServletRequest request, HttpServletResponse response, AccessDeniedException failure)
			throws IOException {
		write(response, HttpStatus.FORBIDDEN, (failure instanceof CsrfException)
				? "The CSRF token is missing or invalid: send the value of the cookie XSRF-TOKEN as header X-XSRF-TOKEN"
				: "A role of the console is required");
	}

	/**
	 * Write a problem detail.
	 * @param response the response
	 * @param status its status
	 * @param detail a text without characters that JSON escapes
	 */
	static void write(HttpServletResponse response, HttpStatus status, String detail) throws IOException {
		response.setStatus(status.value());
		response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
		response.setCharacterEncoding(StandardCharsets.UTF_8);
		response.getWriter()
			.write("{\"title\":\"" + status.getReasonPhrase() + "\",\"status\":" + status.value() + ",\"detail\":\""
					+ detail + "\"}");
	}

}
