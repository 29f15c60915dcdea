package io.github.etcdspring.console;

import java.io.IOException;
import java.net.CookieManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.web.savedrequest.CookieRequestCache;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Integration tests for a user who logs in with the page of the application.
 */
class ConsoleLoginIntegrationTests {

	private final CookieManager cookies = new CookieManager();

	private final HttpClient browser = HttpClient.newBuilder()
		.cookieHandler(this.cookies)
		.followRedirects(HttpClient.Redirect.ALWAYS)
		.build();

	private EtcdServer etcd;

	private RunningConsole console;

	@BeforeEach
	void start() {
		this.etcd = EtcdServer.start();
		this.console = RunningConsole.start(this.etcd);
	}

	@AfterEach
	void stop() {
		this.console.close();
		this.etcd.close();
	}

	@Test
	void userReturnsToThePageAfterTheLogin() throws Exception {
		HttpResponse<String> form = get("/etcd-console/");
		assertThat(form.uri().getPath()).isEqualTo("/login");
		HttpResponse<String> page = login(form.body());
		assertThat(page.statusCode()).isEqualTo(200);
		assertThat(page.uri().getPath()).isEqualTo("/etcd-console/");
		assertThat(get("/etcd-console/api/session").body()).contains("\"user\":\"editor\"");
		assertThat(write(null).statusCode()).isEqualTo(403);
		assertThat(write(cookie("XSRF-TOKEN")).statusCode()).isEqualTo(200);
	}

	@Test
	void requestOfThePageDoesNotReplaceThePageToReturnTo() throws Exception {
		HttpResponse<String> form = get("/etcd-console/");
		assertThat(get("/etcd-console/api/session").statusCode()).isEqualTo(401);
		assertThat(login(form.body()).uri().getPath()).isEqualTo("/etcd-console/");
	}

	@Test
	void onlyABrowserThatOpensThePageGetsASession() throws Exception {
		for (String path : List.of("/etcd-console/console.js", "/etcd-console/nosuch", "/etcd-console/api/session")) {
			assertThat(unauthenticated(path, "text/html,*/*")).as(path)
				.noneMatch(ConsoleLoginIntegrationTests::isSession);
		}
		for (String type : List.of("*/*", "application/json", "text/plain;q=0.9, */*;q=0.1")) {
			assertThat(unauthenticated("/etcd-console/", type)).as(type)
				.noneMatch(ConsoleLoginIntegrationTests::isSession);
		}
		assertThat(unauthenticated("/etcd-console/", "text/html,*/*"))
			.anyMatch(ConsoleLoginIntegrationTests::isSession);
	}

	@Test
	void requestCacheOfTheApplicationIsUsed() throws Exception {
		this.console.close();
		this.console = RunningConsole.start(this.etcd, CookieRequests.class);
		assertThat(unauthenticated("/etcd-console/", "text/html,*/*"))
			.noneMatch(ConsoleLoginIntegrationTests::isSession)
			.anyMatch((cookie) -> cookie.startsWith("REDIRECT_URI="));
		userReturnsToThePageAfterTheLogin();
	}

	@Test
	void requestOfThePageDoesNotReplaceThePageInTheRequestCacheOfTheApplication() throws Exception {
		this.console.close();
		this.console = RunningConsole.start(this.etcd, CookieRequests.class);
		requestOfThePageDoesNotReplaceThePageToReturnTo();
	}

	private static boolean isSession(String cookie) {
		return cookie.startsWith("JSESSIONID=");
	}

	/** Request a page without cookies, and return the cookies of the response. */
	private List<String> unauthenticated(String path, String accept) {
		HttpResponse<String> response = this.console.send(this.console.request(null, path).header("Accept", accept));
		assertThat(response.statusCode()).isIn(302, 401);
		return response.headers().allValues("Set-Cookie");
	}

	@Test
	void logoutEndsTheAccess() throws Exception {
		login(get("/etcd-console/").body());
		HttpResponse<String> form = get("/logout");
		post("/logout", "_csrf=" + token(form.body()), "application/x-www-form-urlencoded", null);
		assertThat(get("/etcd-console/api/session").statusCode()).isEqualTo(401);
	}

	private HttpResponse<String> login(String form) throws Exception {
		return post("/login", "username=editor&password=" + ConsoleApplication.PASSWORD + "&_csrf=" + token(form),
				"application/x-www-form-urlencoded", null);
	}

	private static String token(String form) {
		Matcher token = Pattern.compile("name=\"_csrf\" type=\"hidden\" value=\"([^\"]+)\"").matcher(form);
		assertThat(token.find()).as(form).isTrue();
		return token.group(1);
	}

	private HttpResponse<String> write(String token) throws Exception {
		return post("/etcd-console/api/changes/write",
				"{\"changes\":[{\"key\":\"/config/a/b\",\"value\":\"c\"}],\"waitSeconds\":0}", "application/json",
				token);
	}

	private String cookie(String name) {
		return this.cookies.getCookieStore()
			.get(URI.create(this.console.uri("/").toString()))
			.stream()
			.filter((cookie) -> cookie.getName().equals(name))
			.findFirst()
			.orElseThrow()
			.getValue();
	}

	private HttpResponse<String> get(String path) throws IOException, InterruptedException {
		return this.browser.send(
				HttpRequest.newBuilder(this.console.uri(path)).header("Accept", "text/html,*/*").build(),
				BodyHandlers.ofString());
	}

	private HttpResponse<String> post(String path, String body, String type, String token)
			throws IOException, InterruptedException {
		HttpRequest.Builder request = HttpRequest.newBuilder(this.console.uri(path))
			.header("Content-Type", type)
			.POST(BodyPublishers.ofString(body));
		if (token != null) {
			request.header("X-XSRF-TOKEN", token);
		}
		return this.browser.send(request.build(), BodyHandlers.ofString());
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class CookieRequests extends ConsoleApplication {

		@Bean
		CookieRequestCache requestCache() {
			return new CookieRequestCache();
		}

	}

}
