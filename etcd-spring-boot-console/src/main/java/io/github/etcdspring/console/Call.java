package io.github.etcdspring.console;

import java.io.IOException;
import java.util.List;
import java.util.function.Function;

import jakarta.servlet.ServletException;

import org.springframework.util.StringUtils;
import org.springframework.web.servlet.function.ServerRequest;

/**
 * A request of the API with its user.
 *
 * @param user the user
 * @param request the request
 */
record Call(User user, ServerRequest request) {

	private static final int MAX_SIZE = 500;

	/** Whether the user sees no values. */
	boolean hidesValues() {
		return !this.user.has(Role.EDITOR);
	}

	String param(String name, String defaultValue) {
		return this.request.param(name).filter(StringUtils::hasText).orElse(defaultValue);
	}

	String requiredParam(String name) {
		return this.request.param(name)
			.filter(StringUtils::hasText)
			.orElseThrow(() -> new IllegalArgumentException("Parameter '" + name + "' is required"));
	}

	long longParam(String name, long defaultValue) {
		String text = param(name, "");
		try {
			return (text.isEmpty()) ? defaultValue : Long.parseLong(text);
		}
		catch (NumberFormatException ex) {
			throw new IllegalArgumentException("Parameter '" + name + "' must be a number");
		}
	}

	<T> T body(Class<T> type) throws ServletException, IOException {
		return this.request.body(type);
	}

	/**
	 * Return the requested page of a list.
	 * @param <S> type of the elements
	 * @param <T> type of the items
	 * @param all the complete list
	 * @param defaultSize size of a page if the request has none
	 * @param item creates the item of an element
	 * @return the page
	 */
	<S, T> Page<T> page(List<S> all, int defaultSize, Function<? super S, ? extends T> item) {
		int size = (int) longParam("size", defaultSize);
		int page = (int) longParam("page", 1);
		if (page < 1 || size < 1 || size > MAX_SIZE) {
			throw new IllegalArgumentException("'page' must be at least 1, and 'size' between 1 and " + MAX_SIZE);
		}
		List<T> items = all.stream().skip((page - 1L) * size).limit(size).<T>map(item).toList();
		return new Page<>(all.size(), page, size, items);
	}

}
