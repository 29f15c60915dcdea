package io.github.etcdspring.faults;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

import com.sun.net.httpserver.HttpServer;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.openfeign.EnableFeignClients;
import org.springframework.cloud.openfeign.FeignClient;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;

/**
 * A process that forwards HTTP requests to the service {@code greeting} with OpenFeign
 * and with Spring Cloud Gateway, and prints the port of each. Their libraries are not on
 * the class path of other tests, because Spring Cloud Gateway keeps applications with
 * Spring MVC from starting.
 */
public final class CallingApplication {

	private static final Log logger = LogFactory.getLog(CallingApplication.class);

	private CallingApplication() {
	}

	public static void main(String[] args) throws IOException {
		int feign = serve(new SpringApplicationBuilder(FeignApplication.class).web(WebApplicationType.NONE)
			.properties("spring.cloud.openfeign.client.config.default.connect-timeout=2000",
					"spring.cloud.openfeign.client.config.default.read-timeout=2000",
					"spring.cloud.gateway.server.webflux.enabled=false")
			.run(args)
			.getBean(GreetingClient.class)::whoAnswers);
		String gateway = new SpringApplicationBuilder(GatewayApplication.class).web(WebApplicationType.REACTIVE)
			.properties("spring.cloud.gateway.server.webflux.httpclient.connect-timeout=2000",
					"spring.cloud.gateway.server.webflux.httpclient.response-timeout=2s",
					"spring.cloud.gateway.server.webflux.routes[0].id=greeting",
					"spring.cloud.gateway.server.webflux.routes[0].uri=lb://greeting",
					"spring.cloud.gateway.server.webflux.routes[0].predicates[0]=Path=/**")
			.run(args)
			.getEnvironment()
			.getRequiredProperty("local.server.port");
		logger.info("feign=" + feign + " gateway=" + gateway);
	}

	private static int serve(Supplier<String> call) throws IOException {
		HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		server.setExecutor(Executors.newCachedThreadPool());
		server.createContext("/", (exchange) -> {
			int status = 200;
			String body;
			try {
				body = call.get();
			}
			catch (RuntimeException ex) {
				status = 503;
				body = ex.toString();
			}
			byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
			exchange.sendResponseHeaders(status, bytes.length);
			exchange.getResponseBody().write(bytes);
			exchange.close();
		});
		server.start();
		return server.getAddress().getPort();
	}

	/**
	 * A client of OpenFeign.
	 */
	@FeignClient("greeting")
	interface GreetingClient {

		@GetMapping("/")
		String whoAnswers();

	}

	/**
	 * Application with OpenFeign.
	 */
	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableFeignClients(clients = GreetingClient.class)
	static class FeignApplication {

	}

	/**
	 * Application with Spring Cloud Gateway.
	 */
	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class GatewayApplication {

	}

}
