package io.github.etcdspring.console;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Integration tests for the roles and protections of the console.
 */
class ConsoleSecurityIntegrationTests {

	private static final String API = "/etcd-console/api/";

	private static final String PLANTED = "planted-value-4711";

	private static EtcdServer etcd;

	private static RunningConsole console;

	@BeforeAll
	static void start() {
		etcd = EtcdServer.start();
		console = RunningConsole.start(etcd);
		write("/config/orders/password", PLANTED);
		write("/config/orders/application.yml", "deep:\n  secret: " + PLANTED);
		write("/config/shop/password", "other-" + PLANTED);
		console.post("editor", "changes/write", """
				{"changes":[{"key":"/config/orders/password","value":null}],"waitSeconds":0}""");
		write("/config/orders/password", PLANTED + "-again");
		console.change("editor", "POST", "snapshots?prefix=/config/orders/&name=first", null, 204);
		console.post("operator", "rollouts", """
				{"comment":"slowly","changes":[{"key":"/config/billing/secret","value":"%s"}],
				"steps":[{"share":10,"watchSeconds":60}]}""".formatted(PLANTED));
	}

	private static void write(String key, String value) {
		console.post("editor", "changes/write", """
				{"comment":"plant","changes":[{"key":"%s","value":"%s"}],"waitSeconds":0}""".formatted(key,
				value.replace("\n", "\\n")));
	}

	@AfterAll
	static void stop() {
		console.close();
		etcd.close();
	}

	@Test
	void userHasTheRolesOfHisAuthorities() {
		assertThat(roles("viewer")).containsExactly("VIEWER");
		assertThat(roles("editor")).containsExactly("VIEWER", "EDITOR");
		assertThat(roles("operator")).containsExactly("VIEWER", "EDITOR", "OPERATOR");
		JsonNode session = console.get("editor", "session");
		assertThat(session.get("user").asString()).isEqualTo("editor");
		assertThat(session.get("configPrefix").asString()).isEqualTo("/config/");
		assertThat(session.get("application").asString()).isEqualTo("console");
	}

	private static List<String> roles(String user) {
		return console.get(user, "session").get("roles").valueStream().map(JsonNode::asString).toList();
	}

	@ParameterizedTest
	@ValueSource(strings = { "session", "services", "instances?service=orders", "fleet", "applications",
			"configuration", "configuration?application=orders", "key?key=/config/orders/password", "history",
			"history?prefix=/config/orders/", "history?prefix=/config/orders/password",
			"difference?left=/config/orders/&right=/config/shop/", "snapshots?prefix=/config/orders/", "rollouts",
			"configuration?q=planted", "events" })
	void viewerSeesNoValue(String path) {
		if (path.equals("events")) {
			assertThat(console.bean(ContentMirror.class).state().toString()).doesNotContain(PLANTED);
			return;
		}
		HttpResponse<String> response = console.send(console.request("viewer", API + path));
		assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
		assertThat(response.body()).doesNotContain(PLANTED);
		assertThat(response.headers().map().toString()).doesNotContain(PLANTED);
	}

	@Test
	void viewerCannotFindKeysByTheirValue() {
		assertThat(console.get("viewer", "configuration?q=" + PLANTED).get("total").asInt()).isZero();
		assertThat(console.get("editor", "configuration?q=" + PLANTED).get("total").asInt()).isEqualTo(3);
		assertThat(console.get("viewer", "configuration?q=password").get("total").asInt()).isEqualTo(2);
	}

	@ParameterizedTest
	@ValueSource(strings = { "configuration?application=orders", "key?key=/config/orders/password",
			"history?prefix=/config/orders/", "difference?left=/config/orders/&right=/config/shop/" })
	void editorSeesValues(String path) {
		assertThat(console.send(console.request("editor", API + path)).body()).contains(PLANTED);
	}

	@ParameterizedTest
	@CsvSource({ "POST, changes/difference, EDITOR", "POST, changes/write, EDITOR", "POST, changes/ask, EDITOR",
			"POST, changes/ask-and-write, EDITOR", "POST, history/restore, EDITOR",
			"POST, snapshots?prefix=/config/x/&name=y, EDITOR", "DELETE, snapshots?prefix=/config/x/&name=z, EDITOR",
			"POST, snapshots/restore, EDITOR", "PUT, overrides?service=orders&instance=a, OPERATOR",
			"DELETE, overrides?service=orders&instance=a, OPERATOR", "POST, rollouts, OPERATOR",
			"DELETE, rollouts?key=/config/none/x, OPERATOR" })
	void changeRequiresARole(String method, String path, Role role) {
		Map<String, Role> users = Map.of("viewer", Role.VIEWER, "editor", Role.EDITOR, "operator", Role.OPERATOR);
		users.forEach((user, own) -> {
			HttpResponse<String> response = console.send(console.change(user, method, API + path, "{}"));
			if (own.compareTo(role) < 0) {
				assertThat(response.statusCode()).as(user).isEqualTo(403);
				assertThat(response.body()).contains("The role '" + role.name().toLowerCase(Locale.ROOT) + "'");
			}
			else {
				assertThat(response.statusCode()).as(user + response.body()).isIn(200, 204, 400, 404, 409);
			}
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "/", "/console.js", "/api/session", "/api/services", "/api/nosuch" })
	void userWithoutARoleSeesNothing(String path) {
		HttpResponse<String> response = console.send(console.request("nobody", "/etcd-console" + path));
		assertThat(response.statusCode()).isEqualTo(403);
		assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json;charset=UTF-8");
	}

	@Test
	void unauthenticatedPageRedirectsToTheLoginPage() {
		for (String path : List.of("/etcd-console", "/etcd-console/", "/etcd-console/console.js")) {
			HttpResponse<String> response = console.send(console.request(null, path));
			assertThat(response.statusCode()).isEqualTo(302);
			assertThat(response.headers().firstValue("Location"))
				.hasValueSatisfying((location) -> assertThat(location).isEqualTo(console.uri("/login").toString()));
		}
	}

	@Test
	void unauthenticatedRequestIsRefusedWithoutAChallenge() {
		HttpResponse<String> response = console.send(console.request(null, API + "services"));
		assertThat(response.statusCode()).isEqualTo(401);
		assertThat(response.headers().firstValue("WWW-Authenticate")).isEmpty();
		assertThat(response.headers().allValues("Set-Cookie")).noneMatch((cookie) -> cookie.startsWith("JSESSIONID"));
		HttpRequest.Builder wrong = HttpRequest.newBuilder(console.uri(API + "services"))
			.header("Authorization", "Basic dmlld2VyOndyb25n");
		assertThat(console.send(wrong).statusCode()).isEqualTo(401);
	}

	@Test
	void changeRequiresACsrfToken() {
		HttpRequest.Builder request = console.request("editor", API + "changes/write")
			.header("Content-Type", "application/json")
			.POST(BodyPublishers.ofString("{}"));
		HttpResponse<String> response = console.send(request);
		assertThat(response.statusCode()).isEqualTo(403);
		assertThat(response.body()).contains("X-XSRF-TOKEN");
		request.header("Cookie", "XSRF-TOKEN=one").header("X-XSRF-TOKEN", "two");
		assertThat(console.send(request).statusCode()).isEqualTo(403);
	}

	@Test
	void pageReceivesTheCsrfTokenAsACookie() {
		HttpResponse<String> page = console.send(console.request("viewer", API + "session"));
		String cookie = page.headers()
			.allValues("Set-Cookie")
			.stream()
			.filter((value) -> value.startsWith("XSRF-TOKEN="))
			.findFirst()
			.orElseThrow();
		assertThat(cookie).doesNotContainIgnoringCase("HttpOnly");
		String token = cookie.substring("XSRF-TOKEN=".length(), cookie.indexOf(';'));
		HttpRequest.Builder request = console.request("editor", API + "changes/difference")
			.header("Content-Type", "application/json")
			.header("Cookie", "XSRF-TOKEN=" + token)
			.header("X-XSRF-TOKEN", token)
			.POST(BodyPublishers.ofString("{\"changes\":[{\"key\":\"/config/orders/x\",\"value\":\"y\"}]}"));
		assertThat(console.send(request).statusCode()).isEqualTo(200);
	}

	@ParameterizedTest
	@ValueSource(strings = { "/", "/console.js", "/api/session", "/api/nosuch", "/nosuch" })
	void responseRestrictsContentAndFrames(String path) {
		for (String user : new String[] { "viewer", "nobody", null }) {
			HttpResponse<String> response = console.send(console.request(user, "/etcd-console" + path));
			assertThat(response.headers().firstValue("Content-Security-Policy"))
				.hasValue("default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self';"
						+ " frame-ancestors 'none'");
			assertThat(response.headers().firstValue("X-Frame-Options")).hasValue("DENY");
			assertThat(response.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
		}
	}

	@Test
	void apiIsNotCached() {
		assertThat(console.send(console.request("editor", API + "configuration")).headers().allValues("Cache-Control"))
			.containsExactly("no-store");
	}

	@Test
	void pathRedirectsToTheDirectory() {
		HttpResponse<String> response = console.send(console.request("viewer", "/etcd-console"));
		assertThat(response.statusCode()).isEqualTo(302);
		assertThat(response.uri().resolve(response.headers().firstValue("Location").orElseThrow()))
			.isEqualTo(console.uri("/etcd-console/"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "key?key=/services/orders/a", "key?key=/config/orders/.rollout/changes", "key?key=",
			"key?key=/config/orders/.proposals/1", "history?prefix=/", "history?prefix=/services/",
			"difference?left=/&right=/config/a/", "difference?left=/config/a/&right=/overrides/",
			"snapshots?prefix=/services/", "services?page=0", "services?size=0", "services?size=501", "services?page=x",
			"fleet?state=other" })
	void requestBeyondTheConfigurationIsRefused(String path) {
		assertThat(console.send(console.request("operator", API + path)).statusCode()).isEqualTo(400);
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"changes\":[{\"key\":\"/services/orders/a\",\"value\":\"x\"}]}",
			"{\"changes\":[{\"key\":\"/config/\",\"value\":\"x\"}]}", "{\"changes\":[]}", "{\"changes\":[null]}", "{}",
			"{\"changes\":[{\"key\":\"/config/orders/.rollout/changes\",\"value\":\"x\"}]}", "no JSON",
			"{\"changes\":[{\"key\":\"/config/a/b\",\"value\":\"x\"}],\"waitSeconds\":61}",
			"{\"changes\":[{\"key\":\"/config/a/b\",\"value\":\"x\"},{\"key\":\"/config/a/b\",\"value\":\"y\"}]}" })
	void changeOfAnotherKeyIsRefused(String body) {
		for (String path : List.of("changes/write", "changes/ask", "changes/ask-and-write", "rollouts")) {
			HttpResponse<String> response = console.send(console.change("operator", "POST", API + path, body));
			if (!path.equals("rollouts") || !body.contains("waitSeconds")) {
				assertThat(response.statusCode()).as(path).isEqualTo(400);
			}
		}
	}

	@Test
	void changeRequiresJson() {
		HttpRequest.Builder request = console.request("editor", API + "changes/write")
			.header("Cookie", "XSRF-TOKEN=token")
			.header("X-XSRF-TOKEN", "token")
			.header("Content-Type", "text/plain")
			.POST(BodyPublishers.ofString("{}"));
		assertThat(console.send(request).statusCode()).isEqualTo(415);
	}

}
