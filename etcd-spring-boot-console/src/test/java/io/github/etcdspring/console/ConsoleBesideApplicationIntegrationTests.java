package io.github.etcdspring.console;

import java.net.http.HttpResponse;

import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.bind.annotation.RestControllerAdvice;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Integration tests for the console in an application with pages and rules of its own.
 */
class ConsoleBesideApplicationIntegrationTests {

	private static EtcdServer etcd;

	@BeforeAll
	static void start() {
		etcd = EtcdServer.start();
	}

	@AfterAll
	static void stop() {
		etcd.close();
	}

	@Test
	void defaultChainProtectsTheRestOfTheApplication() {
		try (RunningConsole console = RunningConsole.start(etcd, Pages.class)) {
			assertThat(console.send(console.request(null, "/page")).statusCode()).isEqualTo(401);
			assertThat(console.send(console.request("nobody", "/page")).body()).isEqualTo("page");
			assertThat(console.send(console.request(null, "/login")).body()).contains("Please sign in");
			assertThat(console.send(console.request("nobody", "/etcd-console/")).statusCode()).isEqualTo(403);
			assertThat(console.send(console.request(null, "/actuator/health")).statusCode()).isEqualTo(200);
			assertThat(console.send(console.request(null, "/etcd-consoles")).statusCode()).isEqualTo(401);
		}
	}

	@Test
	void chainOfTheApplicationAppliesToItsOwnPages() {
		try (RunningConsole console = RunningConsole.start(etcd, OwnChain.class)) {
			assertThat(console.send(console.request(null, "/page")).body()).isEqualTo("page");
			assertThat(console.send(console.request(null, "/etcd-console/api/session")).statusCode()).isEqualTo(401);
			assertThat(console.send(console.request("viewer", "/etcd-console/api/session")).statusCode())
				.isEqualTo(200);
		}
	}

	@Test
	void applicationReplacesTheChainByName() {
		try (RunningConsole console = RunningConsole.start(etcd, ReplacedChain.class)) {
			// requests without a user have no role, whatever the chain permits
			assertThat(console.send(console.request(null, "/etcd-console/api/session")).statusCode()).isEqualTo(403);
			assertThat(console.send(console.request(null, "/etcd-console/")).statusCode()).isEqualTo(200);
		}
	}

	@Test
	void settingsOfTheApplicationDoNotChangeTheApi() {
		try (RunningConsole console = RunningConsole.start(etcd, Advice.class,
				"spring.jackson.property-naming-strategy=SNAKE_CASE",
				"spring.jackson.default-property-inclusion=non_null", "spring.mvc.problemdetails.enabled=true")) {
			assertThat(console.get("viewer", "session").has("configPrefix")).isTrue();
			assertThat(console.get("viewer", "key?key=/config/a/b").has("value")).isTrue();
			assertThat(console.send(console.request("viewer", "/etcd-console/api/services?page=x")).statusCode())
				.isEqualTo(400);
		}
	}

	@Test
	void pathAndAuthoritiesAreProperties() {
		try (RunningConsole console = RunningConsole.start(etcd, "spring.cloud.etcd.console.path=/admin/etcd",
				"spring.cloud.etcd.console.operator-authorities=ROLE_USER,ROLE_OTHER",
				"spring.cloud.etcd.console.login-page=/sign-in", "server.servlet.context-path=/shop")) {
			HttpResponse<String> session = console.send(console.request("nobody", "/shop/admin/etcd/api/session"));
			assertThat(session.body()).contains("OPERATOR");
			assertThat(console.send(console.request("operator", "/shop/admin/etcd/api/session")).statusCode())
				.isEqualTo(403);
			assertThat(console.send(console.request("nobody", "/shop/admin/etcd")).headers().firstValue("Location"))
				.hasValue("etcd/");
			assertThat(console.send(console.request("nobody", "/shop/admin/etcd/")).statusCode()).isEqualTo(200);
			assertThat(console.send(console.request(null, "/shop/admin/etcd/")).headers().firstValue("Location"))
				.hasValue(console.uri("/shop/sign-in").toString());
			assertThat(console.send(console.request("nobody", "/shop/etcd-console/")).statusCode()).isEqualTo(404);
		}
	}

	@Test
	void pathIsBelowThatOfTheDispatcherServlet() {
		try (RunningConsole console = RunningConsole.start(etcd, "spring.mvc.servlet.path=/mvc")) {
			assertThat(console.send(console.request("viewer", "/mvc/etcd-console/api/session")).statusCode())
				.isEqualTo(200);
			assertThat(console.send(console.request("viewer", "/mvc/etcd-console/")).statusCode()).isEqualTo(200);
			assertThat(console.send(console.request("nobody", "/mvc/etcd-console/api/session")).statusCode())
				.isEqualTo(403);
			assertThat(console.send(console.request(null, "/mvc/etcd-console/api/session")).statusCode())
				.isEqualTo(401);
		}
	}

	@RestController
	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Pages extends ConsoleApplication {

		@GetMapping("/page")
		String page() {
			return "page";
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class OwnChain extends Pages {

		@Bean
		@Order(1)
		SecurityFilterChain everything(HttpSecurity http) {
			http.authorizeHttpRequests((requests) -> requests.anyRequest().permitAll());
			return http.build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class ReplacedChain extends ConsoleApplication {

		@Bean
		SecurityFilterChain etcdConsoleSecurityFilterChain(HttpSecurity http) {
			http.authorizeHttpRequests((requests) -> requests.anyRequest().permitAll());
			return http.build();
		}

	}

	@RestControllerAdvice
	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Advice extends ConsoleApplication {

		@ExceptionHandler
		ProblemDetail everything(Exception ex) {
			return ProblemDetail.forStatus(HttpStatus.NOT_IMPLEMENTED);
		}

	}

}
