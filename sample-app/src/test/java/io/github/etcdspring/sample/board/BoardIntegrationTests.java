package io.github.etcdspring.sample.board;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import io.github.etcdspring.browser.Chromium;
import io.github.etcdspring.sample.SampleApplication;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.interactions.Actions;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.client.serviceregistry.Registration;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests the board in a real browser and with real processes.
 */
class BoardIntegrationTests {

	private static final String CALLS = "/config/shop/shop/calls-per-second";

	private static final String PASSWORD = "of the operator";

	private static final String KILLED = "greeting-5e1f0c9a7b34";

	private static final Deque<AutoCloseable> started = new ArrayDeque<>();

	private static EtcdServer etcd;

	private static Chromium browser;

	private static ProviderProcess process;

	private static ConfigurableApplicationContext shop;

	private static ConfigurableApplicationContext greeting;

	private static BoardPage page;

	private static String address;

	@BeforeAll
	static void start() throws IOException {
		browser = closedAfterAll(Chromium.start());
		page = new BoardPage(browser.driver());
		etcd = closedAfterAll(EtcdServer.start());
		etcd.etcdctl("put", CALLS, "10");
		process = closedAfterAll(ProviderProcess.start(options("b", "--server.port=0",
				"--spring.cloud.etcd.discovery.ttl=6s", "--spring.cloud.etcd.discovery.instance-id=" + KILLED)));
		shop = closedAfterAll(new SpringApplicationBuilder(SampleApplication.class).profiles("consumer")
			.run(options("a", "--server.port=0", "--server.address=127.0.0.1",
					"--spring.security.user.password=" + PASSWORD, "--spring.cloud.etcd.request-timeout=2s")));
		greeting = closedAfterAll(provider("a"));
		address = "http://127.0.0.1:" + port() + "/";
		await().atMost(Duration.ofSeconds(90))
			.until(() -> etcd.etcdctl("get", "--keys-only", "/services/greeting/" + KILLED).contains(KILLED));
	}

	@AfterAll
	static void stop() throws Exception {
		for (AutoCloseable one : started) {
			one.close();
		}
	}

	/** Registers a resource that is closed even if a later start fails. */
	private static <T extends AutoCloseable> T closedAfterAll(T one) {
		started.push(one);
		return one;
	}

	private static ConfigurableApplicationContext provider(String zone) {
		return new SpringApplicationBuilder(SampleApplication.class).profiles("provider")
			.run(options(zone, "--server.port=0"));
	}

	private static String[] options(String zone, String... more) {
		return Stream
			.concat(Arrays.stream(more), Stream.of("--spring.cloud.etcd.endpoints=" + etcd.endpoint(),
					"--spring.cloud.etcd.discovery.ip-address=127.0.0.1",
					"--spring.cloud.etcd.discovery.metadata.zone=" + zone, "--spring.cloud.etcd.discovery.drain=100ms"))
			.toArray(String[]::new);
	}

	private static int port() {
		return shop.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
	}

	private static String idOf(ConfigurableApplicationContext application) {
		return application.getBean(Registration.class).getInstanceId();
	}

	@BeforeEach
	void open() {
		browser.driver().manage().deleteAllCookies();
		browser.view(1280, 900, "light");
		page.open(address);
		put(CALLS, "10");
		browser.takeConsoleErrors();
		browser.takeRequestedHosts();
	}

	@Test
	void showsStartedInstanceAndRemovesKilledOne() throws Exception {
		WebElement row = page.instance(KILLED);
		assertThat(row.getText()).contains("Up", "http://127.0.0.1:");
		assertThat(row.findElement(By.cssSelector(".zone")).getText()).isEqualTo("b");
		assertThat(row.findElement(By.cssSelector(".revision")).getText())
			.isEqualTo(revisionOf("/services/greeting/" + KILLED));
		page.until("calls", () -> !page.calls(KILLED).contains(": 0 requests succeeded"));
		process.kill();
		page.until("failed calls", () -> !page.calls(KILLED).endsWith(" 0 failed"));
		page.until("ejection", () -> page.instance(KILLED).getText().contains("Ejected"));
		page.awaitGone(KILLED);
		page.awaitText("events", KILLED + " removed from greeting");
		assertThat(page.text("announcer")).contains(KILLED + " removed from greeting");
	}

	/** Put a valid value and wait until the board shows its revision. */
	private static void put(String key, String value) {
		etcd.etcdctl("put", key, value);
		page.awaitApplied(key, revisionOf(key));
	}

	private static String revisionOf(String key) {
		return etcd.etcdctl("get", key, "--write-out=json").replaceAll("(?s).*\"mod_revision\":(\\d+).*", "$1");
	}

	@Test
	void showsInstancesThatVanishedAtOnce() {
		List<String> keys = List.of("/services/leased/v1", "/services/leased/v2", "/services/leased/v3");
		keys.forEach((key) -> etcd.etcdctl("put", key, "127.0.0.1:1"));
		page.until("up", () -> page.instance("v3").getText().contains("Up"));
		etcd.etcdctl("del", "/services/leased/", "--prefix");
		page.until("vanished", () -> page.instance("v3").getText().contains("Vanished"));
		assertThat(page.text("services-list")).contains("0 of 3 instances up");
		for (String key : keys) {
			// in order, so that none of them is missed afterwards
			etcd.etcdctl("put", key, "{\"host\":\"127.0.0.1\",\"port\":1,\"status\":\"OUT_OF_SERVICE\"}");
			etcd.etcdctl("del", key);
		}
		page.awaitGone("v3");
	}

	@Test
	void showsStatusOfInstances() {
		etcd.etcdctl("put", "/services/resting/one", "{\"host\":\"127.0.0.1\",\"port\":1,\"status\":\"DOWN\"}");
		try {
			page.until("down", () -> page.instance("one").getText().contains("Down"));
			assertThat(page.text("services-list")).contains("0 of 1 instance up");
			etcd.etcdctl("put", "/services/resting/one",
					"{\"host\":\"127.0.0.1\",\"port\":1,\"status\":\"OUT_OF_SERVICE\"}");
			page.until("out of service", () -> page.instance("one").getText().contains("Out of service"));
			page.awaitText("events", "one of resting changed status to OUT_OF_SERVICE");
		}
		finally {
			etcd.etcdctl("del", "/services/resting/one");
		}
		page.awaitGone("one");
	}

	@Test
	void showsUntrustedDataAsText() {
		String id = "<img src=x onerror=document.title='taken'>";
		String key = "/services/<b>odd<b>/" + id.replace(" ", "%20");
		etcd.etcdctl("put", key,
				"{\"host\":\"127.0.0.1\",\"port\":1,\"status\":\"<i>\",\"metadata\":{\"zone\":\"<u>z</u>\",\"<s>\":\"<img src=x>\"}}");
		etcd.etcdctl("put", "/config/shop/<b>odd<b>", "1");
		try {
			assertThat(page.instance(id).getText()).contains("<u>z</u>", "<s>=<img src=x>", "<I>");
			page.awaitText("configuration-rows", "/config/shop/<b>odd<b>");
			assertThat(browser.driver().getTitle()).isEqualTo("Shop · live board");
			assertThat(page.all("main img, main script, main b, main i, main u, main s")).isEmpty();
		}
		finally {
			etcd.etcdctl("del", key);
			etcd.etcdctl("del", "/config/shop/<b>odd<b>");
		}
		page.awaitGone(id);
	}

	@Test
	void showsAppliedKeyWithItsRevisionAndItsEffect() {
		put(CALLS, "40");
		assertThat(page.text("configuration-rows")).contains("shop.calls-per-second", CALLS, "etcd:/config/shop/");
		assertThat(page.text("configuration-revision")).isEqualTo("Applied revision: " + revisionOf(CALLS));
		String id = idOf(greeting);
		page.until("more calls", () -> figures(id).matches("([89]|[1-9]\\d).*succeeded.*"));
	}

	private static String figures(String id) {
		return page.instance(id).findElement(By.cssSelector(".figures")).getText();
	}

	@Test
	void showsReasonOfRejectionUntilTheKeyIsCorrected() {
		etcd.etcdctl("put", CALLS, "many");
		page.awaitText("rejection-text", "cannot be converted to int");
		assertThat(page.text("rejection")).contains(CALLS, "Revision " + revisionOf(CALLS), "Rejected change");
		page.awaitText("events", " rejected: ");
		assertThat(browser.driver().getPageSource()).doesNotContain("many");
		put(CALLS, "10");
		page.awaitHidden("rejection");
	}

	@Test
	void showsRejectionByTheApplication() {
		String before = revisionOf(CALLS);
		etcd.etcdctl("put", CALLS, "101");
		page.awaitText("rejection-text", "cannot be bound to");
		page.awaitApplied(CALLS, before);
	}

	@Test
	void showsCreatedAndDeletedKeys() {
		put("/config/shop/made", "one");
		etcd.etcdctl("del", "/config/shop/made");
		page.awaitNoText("configuration-rows", "/config/shop/made");
	}

	@Test
	void linkOfAPropertyOpensItsKeyInTheConsoleAfterTheLogin() {
		page.link("shop.calls-per-second").click();
		page.login("operator", PASSWORD);
		page.awaitConsole("calls-per-second");
		page.until("value", () -> "10".equals(page.element("value").getAttribute("value")));
	}

	@Test
	void loginKeepsThePageAfterAWrongPassword() {
		page.link("shop.calls-per-second").click();
		page.login("operator", "wrong");
		page.until("error", () -> browser.driver().getCurrentUrl().contains("?error"));
		page.login("operator", PASSWORD);
		page.awaitConsole("calls-per-second");
	}

	@Test
	void linkOfAServiceOpensItsInstancesInTheConsole() {
		page.link("Console").click();
		page.login("operator", PASSWORD);
		page.awaitConsole("Services");
		page.open(address);
		page.until("services", () -> !page.all("#services-list a").isEmpty());
		page.link("greeting").click();
		page.awaitConsole("greeting");
		page.awaitText("view", idOf(greeting));
	}

	@Test
	void showsOutageAndRecoveryOfEtcd() {
		page.awaitText("health-facts", "Connected to etcd");
		etcd.kill();
		try {
			page.awaitText("health-facts", "etcd unreachable since");
			assertThat(page.text("health-facts")).contains("The shop uses the last known state", "requests continue");
			page.instance(idOf(greeting));
		}
		finally {
			etcd.restart();
		}
		page.awaitText("health-facts", "Connected to etcd");
		put(CALLS, "11");
	}

	@Test
	void showsLostAndRestoredConnectionToTheShop() {
		try (TcpProxy proxy = TcpProxy.to(port())) {
			page.open("http://127.0.0.1:" + proxy.port() + "/");
			proxy.refuse();
			proxy.cut();
			page.awaitText("connection", "Connection to the shop lost");
			proxy.accept();
			page.awaitText("connection", "Live");
			page.instance(idOf(greeting));
		}
		page.open(address);
	}

	@ParameterizedTest
	@CsvSource({ "1280, light", "1280, dark", "360, light", "360, dark" })
	void isAccessibleInEachSizeAndColorScheme(int width, String scheme) {
		etcd.etcdctl("put", "/services/narrow/" + "a-name-that-is-long-".repeat(5),
				"{\"host\":\"127.0.0.1\",\"port\":1,\"status\":\"OUT_OF_SERVICE\",\"metadata\":{\"zone\":\"europe-west-1-a\"}}");
		browser.view(width, 900, scheme);
		etcd.etcdctl("put", CALLS, "many");
		page.awaitText("rejection-text", "cannot be converted to int");
		page.awaitText("services-list", "Out of service");
		assertThat(browser.driver()
			.executeScript("return document.documentElement.scrollWidth - document.documentElement.clientWidth"))
			.isEqualTo(0L);
		assertThat(browser.driver().executeScript("return matchMedia('(prefers-color-scheme: dark)').matches"))
			.isEqualTo(scheme.equals("dark"));
		assertThat(browser.violations()).isEmpty();
		etcd.etcdctl("del", "--prefix", "/services/narrow/");
	}

	@Test
	void isOperableByKeyboard() {
		List<String> reached = new ArrayList<>();
		browser.driver().executeScript("document.body.tabIndex = -1; document.body.focus()");
		browser.driver()
			.executeScript("const all = document.querySelectorAll('a, button, input, textarea, [tabindex=\"0\"]');"
					+ " let n = 0; for (const one of all) if (one.checkVisibility()) one.dataset.order = n++");
		long all = page.all("[data-order]").size();
		for (int i = 0; i < all; i++) {
			new Actions(browser.driver()).sendKeys(Keys.TAB).perform();
			WebElement focused = browser.driver().switchTo().activeElement();
			assertThat(focused.getCssValue("outline-style")).as(focused.toString()).isNotEqualTo("none");
			reached.add(focused.getAttribute("data-order"));
		}
		assertThat(reached).isEqualTo(Stream.iterate(0L, (n) -> n < all, (n) -> n + 1).map(String::valueOf).toList());
		assertThat(all).isGreaterThan(5);
	}

	@Test
	void updatesKeepFocus() {
		WebElement link = page.link("shop.calls-per-second");
		browser.driver().executeScript("arguments[0].focus()", link);
		put(CALLS, "21");
		assertThat(browser.driver().switchTo().activeElement()).isEqualTo(link);
	}

	@Test
	void contactsNoOtherHostAndLogsNoErrors() {
		page.open(address);
		put(CALLS, "50");
		Set<String> shopOnly = new LinkedHashSet<>(Set.of("127.0.0.1:" + port()));
		assertThat(browser.takeRequestedHosts()).isEqualTo(shopOnly);
		assertThat(browser.takeConsoleErrors()).isEmpty();
	}

	@Test
	void receivesUpdatesWithoutPolling() {
		page.open(address);
		browser.takeRequestedHosts();
		String before = page.calls(idOf(greeting));
		page.until("pushed calls", () -> !page.calls(idOf(greeting)).equals(before));
		assertThat(browser.takeRequestedHosts()).isEmpty();
	}

	/** For the documentation: {@code -Dboard.screenshot=docs/images/board.png}. */
	@Test
	void picture() throws IOException {
		String file = System.getProperty("board.screenshot");
		assumeThat(file).isNotNull();
		try (ConfigurableApplicationContext third = provider("c")) {
			// The shop has called before the first provider was registered.
			await().atMost(Duration.ofSeconds(90))
				.until(() -> page.calls(idOf(third)).matches("Last minute: ([4-9]\\d|\\d{3,}) requests.*")
						&& !page.element("no-instance").isDisplayed());
			etcd.etcdctl("put", CALLS, "many");
			page.awaitText("rejection-text", "cannot be converted to int");
			page.awaitText("events", " rejected: ");
			browser.screenshot(Path.of("..").resolve(file));
		}
	}

}
