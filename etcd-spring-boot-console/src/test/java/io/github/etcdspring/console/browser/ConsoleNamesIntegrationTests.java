package io.github.etcdspring.console.browser;

import java.io.IOException;
import java.util.Map;

import io.github.etcdspring.registry.InstanceKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.By;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that names and keys may contain any character: links lead to them, and they are
 * changed like others.
 */
class ConsoleNamesIntegrationTests {

	private static final String ANY = "50% %2F what? #1 a+b a&b=c a;b a\\b größe-漢字";

	private static final InstanceKeys INSTANCES = new InstanceKeys("/services");

	private static final InstanceKeys FLEET = new InstanceKeys("/fleet");

	private static ConsoleBrowser test;

	private static ConsolePage page;

	@BeforeAll
	static void start() throws IOException {
		test = ConsoleBrowser.start();
		page = test.page();
		page.signIn("operator");
	}

	@AfterAll
	static void stop() {
		if (test != null) {
			test.close();
		}
	}

	@BeforeEach
	void settle() {
		page.settle();
		test.browser().takeConsoleErrors();
	}

	@ParameterizedTest
	@ValueSource(strings = { "a/b", "..", ANY })
	void serviceAndInstanceMayHaveAnyName(String name) {
		String service = "service " + name;
		test.putAll(Map.of(INSTANCES.key(service, name), "{\"host\":\"127.0.0.1\",\"port\":1}",
				FLEET.key(service, name), "{\"applied\":1,\"seen\":1}"));
		page.open("#/fleet");
		page.press(service);
		page.awaitText("h1", service);
		page.open("#/services");
		page.press(service);
		page.awaitText("h1", service);
		page.press(page.row(name), "Take out…");
		page.keys("Maintenance");
		page.press("Take out of service");
		page.awaitNone("dialog");
		page.until("out of service", () -> page.row(name).getText().contains("Maintenance"));
		test.browser().driver().navigate().refresh();
		page.press(page.row(name), "Put back…");
		page.press("Put back");
		page.awaitNone("dialog");
		page.until("back", () -> !page.row(name).getText().contains("Maintenance"));
		assertThat(test.browser().takeConsoleErrors()).isEmpty();
		test.etcd().etcdctl("del", "--prefix", "/services/");
		test.etcd().etcdctl("del", "--prefix", "/fleet/");
	}

	@ParameterizedTest
	@ValueSource(strings = { "..", ANY })
	void applicationAndKeyMayHaveAnyName(String name) {
		String application = "of " + name;
		String key = "/config/" + application + "/deep/" + name;
		test.putAll(Map.of(key, "before"));
		page.open("#/configuration");
		page.press(application);
		page.awaitText("h1", application);
		page.row(key).findElement(By.tagName("a")).click();
		page.until("the value", () -> "before".equals(page.one("#value").getAttribute("value")));
		page.type("#value", "after");
		page.press("Review and save…");
		page.choose("write");
		page.press("Save");
		page.awaitText("dialog .result", "Saved as revision");
		page.press("Close");
		page.press("History");
		page.until("the write", () -> page.row("operator").getText().contains(key));
		test.browser().driver().navigate().refresh();
		page.row("operator").findElement(By.tagName("summary")).click();
		page.press(key);
		page.until("the value", () -> "after".equals(page.one("#value").getAttribute("value")));
		page.press(application);
		page.awaitText("h1", application);
		assertThat(test.browser().takeConsoleErrors()).isEmpty();
		test.etcd().etcdctl("del", "--prefix", "/config/");
	}

}
