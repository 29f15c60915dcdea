package io.github.etcdspring.console;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;

import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.converter.ResourceHttpMessageConverter;
import org.springframework.http.converter.StringHttpMessageConverter;
import org.springframework.http.converter.json.JacksonJsonHttpMessageConverter;
import org.springframework.web.servlet.function.HandlerFunction;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;
import org.springframework.web.servlet.function.support.RouterFunctionMapping;

/**
 * Serves the pages and the API. The mapping is separate from those of the application, so
 * that neither its JSON settings nor its controller advice change the API.
 */
final class ConsoleRouter {

	/** Before the mappings of the application. */
	private static final int ORDER = -100;

	private static final Resource PAGES = new ClassPathResource("pages/", ConsoleRouter.class);

	private ConsoleRouter() {
	}

	static RouterFunctionMapping mapping(EtcdConsoleProperties properties, Access access, List<Api> apis) {
		RouterFunctionMapping mapping = new RouterFunctionMapping(routes(properties.path(), access, apis));
		JsonMapper.Builder json = JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES);
		mapping.setMessageConverters(List.of(new StringHttpMessageConverter(), new ResourceHttpMessageConverter(),
				new JacksonJsonHttpMessageConverter(json)));
		mapping.setInterceptors(new ProtectiveHeaders());
		mapping.setOrder(ORDER);
		return mapping;
	}

	private static RouterFunction<ServerResponse> routes(String path, Access access, List<Api> apis) {
		RouterFunctions.Builder builder = RouterFunctions.route();
		Routes routes = new Routes(builder, path, access);
		apis.forEach((api) -> api.addTo(routes));
		builder.GET(path, (request) -> ServerResponse.status(HttpStatus.FOUND).location(below(path)).build())
			.GET(path + "/", (request) -> index())
			.resources(path + "/**", PAGES, (resource, headers) -> headers.setCacheControl(CacheControl.noCache()))
			.route((request) -> request.path().startsWith(path + "/"), (request) -> notFound())
			.filter((request, next) -> handle(access, request, next));
		return builder.build();
	}

	private static ServerResponse handle(Access access, ServerRequest request, HandlerFunction<ServerResponse> next) {
		try {
			access.user(request);
			return next.handle(request);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return Problems.response(ex, request);
		}
		catch (Exception ex) {
			return Problems.response(ex, request);
		}
	}

	/** Relative, as a proxy may have added a prefix. */
	private static URI below(String path) {
		return URI.create(path.substring(path.lastIndexOf('/') + 1) + "/");
	}

	private static ServerResponse index() throws Exception {
		return ServerResponse.ok()
			.contentType(new MediaType(MediaType.TEXT_HTML, StandardCharsets.UTF_8))
			.cacheControl(CacheControl.noCache())
			.body(PAGES.createRelative("index.html"));
	}

	private static ServerResponse notFound() {
		return Problems.response(HttpStatus.NOT_FOUND, "The console has no such page");
	}

}
