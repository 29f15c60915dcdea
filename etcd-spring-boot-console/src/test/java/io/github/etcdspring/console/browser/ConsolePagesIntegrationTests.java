package io.github.etcdspring.console.browser;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Set;

import io.github.etcdspring.testsupport.TcpProxy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.By;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Tests what holds for all pages of the console: roles, push, outages, and safety.
 */
class ConsolePagesIntegrationTests extends AbstractConsolePagesTests {

	private static final String MARKUP = "<img src=x onerror=document.title='executed'>";

	@Test
	void pushedChangeAppearsWithoutReload() {
		page.open("#/services");
		test.browser().driver().executeScript("window.kept = true");
		test.put("/services/pushed/one", "127.0.0.1:1");
		page.row("pushed");
		test.etcd().etcdctl("del", "/services/pushed/one");
		page.until("removed", () -> page.all("[data-key=pushed]").isEmpty());
		page.openKey(SIZE);
		test.put(SIZE, "52");
		page.until("the value", () -> "52".equals(page.one("#value").getAttribute("value")));
		assertThat(test.browser().driver().executeScript("return window.kept")).isEqualTo(true);
	}

	@Test
	void nothingIsRequestedWithoutAChange() {
		for (String view : VIEWS) {
			page.open(view);
		}
		test.browser().takeRequests();
		// pushed after anything that a timer of a few seconds would have requested
		page.open("#/services");
		test.browser().takeRequests();
		test.browser().driver().executeAsyncScript("setTimeout(arguments[0], 5000)");
		assertThat(test.browser().takeRequests()).isEmpty();
	}

	@Test
	void otherTopicsDoNotReloadTheView() {
		page.open("#/services");
		test.browser().takeRequests();
		test.put("/config/another/key", "1");
		test.put("/services/last/one", "127.0.0.1:1");
		page.row("last");
		assertThat(test.browser().takeRequests()).extracting(URI::getPath).containsOnly("/etcd-console/api/services");
		test.etcd().etcdctl("del", "/services/last/one");
	}

	@Test
	void contactsNoOtherHostAndLogsNoErrors() {
		for (String view : VIEWS) {
			page.open(view);
		}
		assertThat(test.browser().takeRequestedHosts()).isEqualTo(Set.of("127.0.0.1:" + test.port()));
		assertThat(test.browser().takeConsoleErrors()).isEmpty();
	}

	@Test
	void contentOfEtcdIsShownAsText() {
		test.put("/config/orders/" + MARKUP, MARKUP);
		test.put("/config/" + MARKUP.replace("/", "") + "/key", "1");
		test.put("/services/markup/" + MARKUP, "{\"host\":\"127.0.0.1\",\"port\":1,\"metadata\":{\"zone\":\"" + MARKUP
				+ "\",\"x\":\"" + MARKUP + "\"}}");
		page.open("#/services/markup");
		assertThat(page.row("onerror").getText()).contains(MARKUP);
		page.open("#/configuration");
		page.row("onerror");
		page.open("#/configuration/orders");
		assertThat(page.row("onerror").getText()).contains(MARKUP);
		page.openKey("/config/orders/" + MARKUP);
		page.awaitText("h1", MARKUP);
		page.one("#value").sendKeys(MARKUP);
		page.press("Review and save…");
		page.awaitText("dialog .diff ins", MARKUP);
		page.one("[name=comment]").sendKeys(MARKUP);
		page.choose("write");
		page.press("Save");
		page.awaitText("dialog .result", "Saved as revision");
		page.press("Close");
		page.open("#/history?prefix=%2Fconfig%2Forders%2F");
		assertThat(page.row(MARKUP).getText()).contains("operator");
		assertThat(page.all("#view img")).isEmpty();
		assertThat(test.browser().driver().getTitle()).doesNotContain("executed");
		test.etcd().etcdctl("del", "/config/orders/" + MARKUP);
		test.etcd().etcdctl("del", "/services/markup/" + MARKUP);
		test.etcd().etcdctl("del", "/config/" + MARKUP.replace("/", "") + "/key");
	}

	@Test
	void showsLostConnectionAndReconnects() throws IOException {
		try (TcpProxy proxy = TcpProxy.to(test.port())) {
			ConsolePage behind = new ConsolePage(test.browser().driver(), "http://127.0.0.1:" + proxy.port());
			behind.signIn("operator");
			behind.open("#/services");
			proxy.refuse();
			proxy.cut();
			behind.awaitText("#connection", "Connection lost, reconnecting");
			test.put("/services/meanwhile/one", "127.0.0.1:1");
			proxy.accept();
			behind.awaitText("#connection", "Live");
			behind.row("meanwhile");
		}
		test.etcd().etcdctl("del", "/services/meanwhile/one");
		page.signIn("operator");
	}

	@Test
	void outageOfEtcdIsShown() {
		page.open("#/configuration/orders");
		test.etcd().stop();
		page.awaitText("#outage", "etcd is unreachable since");
		assertThat(page.one("#outage").getText()).contains("The console shows the last known state.");
		assertThat(page.row("orders.page-size").getText()).contains("50");
		assertThat(test.browser().violations()).isEmpty();
		test.browser().view(360, 900, "dark");
		assertThat(test.browser().violations()).isEmpty();
		assertThat(page.overflow()).isZero();
		page.open("#/services");
		page.row("orders");
		test.etcd().restart();
		page.until("connected", () -> page.shown("#outage").isEmpty());
		test.browser().takeConsoleErrors();
	}

	@Test
	void viewerSeesOnWhichSideAKeyIsMissing() {
		test.put("/config/staging/only", "secret-value");
		page.signIn("viewer");
		page.open("#/difference?left=%2Fconfig%2Fstaging%2F&right=%2Fconfig%2Fproduction%2F");
		page.until("the difference", () -> page.row("only").getText().contains("Only on the left."));
		assertThat(page.row("colour").getText()).contains("Differs.");
		assertThat(page.one("#view").getText()).doesNotContain("secret-value", "blue", "green");
		test.etcd().etcdctl("del", "/config/staging/only");
	}

	@Test
	void viewerSeesNoValuesAndNoControls() {
		page.signIn("viewer");
		page.open("#/configuration/orders");
		assertThat(page.row("orders.page-size").findElement(By.cssSelector("[data-label=Value]")).getText())
			.isEqualTo("hidden");
		assertThat(page.shown("main button")).isEmpty();
		page.openKey(SIZE);
		page.awaitText("#view", "Values are hidden for your role.");
		assertThat(page.shown("main button, main textarea")).isEmpty();
		page.open("#/services/orders");
		assertThat(page.row("orders-a").findElements(By.tagName("button"))).isEmpty();
		page.open("#/rollouts");
		assertThat(page.shown("main button")).isEmpty();
	}

	@Test
	void editorMayNotRollOutOrTakeInstancesOut() {
		page.signIn("editor");
		page.open("#/services/orders");
		assertThat(page.row("orders-a").findElements(By.tagName("button"))).isEmpty();
		page.review(SIZE, "53");
		assertThat(page.all("dialog input[value=rollout]")).isEmpty();
		page.press("Ask and save");
		page.awaitText("dialog .result", "Saved as revision");
		page.press("Close");
		page.awaitNone("dialog");
	}

	@ParameterizedTest
	@ValueSource(strings = { "#/services?q=orders", "#/fleet?state=rejected" })
	void searchIsKeptInTheAddress(String view) {
		page.open(view);
		page.open("#/rollouts");
		test.browser().driver().navigate().back();
		page.awaitLoaded();
		page.until("the address", () -> test.browser().driver().getCurrentUrl().endsWith(view));
		if (view.contains("q=")) {
			assertThat(page.one("#search").getAttribute("value")).isEqualTo("orders");
			page.awaitText(".bar .figure", "1 service");
		}
		else {
			assertThat(page.one("input[value=rejected]").isSelected()).isTrue();
		}
	}

	/** For the documentation: {@code -Dconsole.screenshots=docs/images}. */
	@Test
	void pictures() throws IOException {
		String directory = System.getProperty("console.screenshots");
		assumeThat(directory).isNotNull();
		test.browser().view(1200, 760, "light");
		ExampleShop.fill(test);
		page.open("#/services");
		page.row("stock");
		test.browser().screenshot(Path.of("..", directory, "console.png"));
		try (ConfigurableApplicationContext second = OrdersService.start(test.etcd(), "orders-b", "eu-1b", "2.4.0")) {
			assertThat(second.isRunning()).isTrue();
			test.browser().view(1200, 860, "light");
			page.review(DOCUMENT, "orders:\n  currency: EUR\n  limit: 25\n  express: true\n");
			page.awaitText("dialog .diff", "express");
			page.one("[name=comment]").sendKeys("Express orders for the spring campaign");
			page.choose("ask");
			page.press("Ask");
			page.awaitText("dialog .result", "2 instances accept");
			test.browser().screenshot(Path.of("..", directory, "console-change.png"));
		}
	}

}
