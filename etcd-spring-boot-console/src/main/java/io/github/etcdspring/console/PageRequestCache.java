package io.github.etcdspring.console;

import java.util.Set;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.http.MediaType;
import org.springframework.security.web.savedrequest.RequestCache;
import org.springframework.security.web.savedrequest.SavedRequest;
import org.springframework.security.web.util.matcher.AndRequestMatcher;
import org.springframework.security.web.util.matcher.MediaTypeRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;

/**
 * Saves the page of the console for the redirect after the login, and no other request: a
 * saved request may create an HTTP session. The login of the application reads it from
 * the delegate.
 */
final class PageRequestCache implements RequestCache {

	private final RequestCache delegate;

	private final RequestMatcher saved;

	PageRequestCache(RequestCache delegate, RequestMatcher page) {
		this.delegate = delegate;
		MediaTypeRequestMatcher browser = new MediaTypeRequestMatcher(MediaType.TEXT_HTML);
		browser.setIgnoredMediaTypes(Set.of(MediaType.ALL));
		this.saved = new AndRequestMatcher(page, browser);
	}

	@Override
	public void saveRequest(HttpServletRequest request, HttpServletResponse response) {
		if (this.saved.matches(request)) {
			this.delegate.saveRequest(request, response);
		}
	}

	@Override
	public @Nullable SavedRequest getRequest(HttpServletRequest request, HttpServletResponse response) {
		return this.delegate.getRequest(request, response);
	}

	@Override
	public @Nullable HttpServletRequest getMatchingRequest(HttpServletRequest request, HttpServletResponse response) {
		return this.delegate.getMatchingRequest(request, response);
	}

	@Override
	public void removeRequest(HttpServletRequest request, HttpServletResponse response) {
		this.delegate.removeRequest(request, response);
	}

}
