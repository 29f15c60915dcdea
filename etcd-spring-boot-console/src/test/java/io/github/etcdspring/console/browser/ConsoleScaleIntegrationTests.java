package io.github.etcdspring.console.browser;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Measures the pages with 1,000 services, 10,000 instances, 20,000 keys and a history of
 * 300 writes.
 */
class ConsoleScaleIntegrationTests {

	private static final Log logger = LogFactory.getLog(ConsoleScaleIntegrationTests.class);

	private static ConsoleBrowser test;

	private static ConsolePage page;

	@BeforeAll
	static void start() throws IOException {
		test = ConsoleBrowser.start();
		page = test.page();
		Map<String, String> entries = new LinkedHashMap<>();
		for (int service = 0; service < 1_000; service++) {
			for (int i = 0; i < 10; i++) {
				entries.put("/services/service-%04d/instance-%d".formatted(service, i),
						"{\"host\":\"10.0.0.1\",\"port\":8080,\"status\":\"UP\",\"metadata\":{\"zone\":\"z%d\",\"version\":\"1.%d\"}}"
							.formatted(i % 3, service % 7));
				entries.put("/fleet/service-%04d/instance-%d".formatted(service, i),
						"{\"applied\":%d,\"seen\":900000,\"imports\":[\"/config/service-%04d/\"]}"
							.formatted((i == 0) ? 1 : 900_000, service));
			}
		}
		for (int key = 0; key < 20_000; key++) {
			entries.put("/config/service-%04d/property.number-%02d".formatted(key / 20, key % 20), "value " + key);
		}
		test.putAll(entries);
		for (int i = 0; i < 300; i++) {
			test.write("/config/written/key", "value " + i, "write " + i);
		}
		page.signIn("operator");
	}

	@AfterAll
	static void stop() {
		if (test != null) {
			test.close();
		}
	}

	@Test
	void eachPageIsShownSoon() {
		page.open("#/services");
		page.awaitText(".bar .figure", "1,000 services");
		page.open("#/configuration");
		page.awaitText(".bar .figure", "1,001 applications");
		for (String view : List.of("#/services", "#/services?page=20", "#/services?q=service-09",
				"#/services/service-0500", "#/configuration", "#/configuration/service-0500",
				"#/configuration/service-0999?q=19", "#/key?key=%2Fconfig%2Fservice-0500%2Fproperty.number-10",
				"#/fleet", "#/fleet?page=100", "#/fleet?state=behind", "#/fleet?q=service-05",
				"#/history?prefix=%2Fconfig%2Fwritten%2F", "#/history?prefix=%2Fconfig%2Fwritten%2F&page=6")) {
			// a second on an idle machine; the times are printed
			await().atMost(Duration.ofSeconds(60)).until(() -> millisToShow(view) < 5000);
		}
	}

	@Test
	void fleetAndHistoryAreComplete() {
		page.open("#/fleet?page=100");
		page.awaitText(".pager", "9,901–10,000 of 10,000");
		page.open("#/fleet?state=behind");
		page.awaitText(".bar .figure", "1,000 instances");
		page.open("#/history?prefix=%2Fconfig%2Fwritten%2F&page=6");
		page.awaitText(".pager", "251–300 of 300");
		page.row("write 0");
	}

	@Test
	void pushedChangeIsShownAmongThem() {
		page.open("#/services?q=added");
		test.put("/services/added/one", "127.0.0.1:1");
		page.row("added");
		assertThat(page.row("added").getText()).contains("All up");
		test.etcd().etcdctl("del", "/services/added/one");
	}

	/** Milliseconds from the change of the address until the data is painted. */
	private static double millisToShow(String view) {
		page.open("#/rollouts");
		double millis = ((Number) test.browser().driver().executeAsyncScript("""
				const done = arguments[1];
				const start = performance.now();
				const shown = new MutationObserver(() => {
					if (document.querySelector('#view > [data-loaded]') && location.hash === arguments[0]) {
						shown.disconnect();
						requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
					}
				});
				document.querySelector('#view > *').removeAttribute('data-loaded');
				shown.observe(document.getElementById('view'), { subtree: true, childList: true, attributes: true });
				location.hash = arguments[0];""", view)).doubleValue();
		logger.info("%s is shown after %.0f ms".formatted(view, millis));
		return millis;
	}

}
