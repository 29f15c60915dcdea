package io.github.etcdspring.console.browser;

import java.io.IOException;
import java.util.List;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * Tests of an operator who opens all pages, with one running instance.
 */
abstract class AbstractConsolePagesTests {

	static final String SIZE = "/config/orders/orders.page-size";

	static final String DOCUMENT = "/config/orders/more.yaml";

	static final List<String> VIEWS = List.of("#/services", "#/services/orders", "#/configuration",
			"#/configuration/orders", "#/key?key=%2Fconfig%2Forders%2Forders.page-size",
			"#/key?key=%2Fconfig%2Forders%2Fmore.yaml", "#/fleet", "#/rollouts",
			"#/history?prefix=%2Fconfig%2Forders%2F", "#/snapshots",
			"#/difference?left=%2Fconfig%2Fstaging%2F&right=%2Fconfig%2Fproduction%2F");

	static ConsoleBrowser test;

	static ConsolePage page;

	private static ConfigurableApplicationContext instance;

	@BeforeAll
	static void start() throws IOException {
		test = ConsoleBrowser.start();
		page = test.page();
		test.put(SIZE, "50");
		test.put(DOCUMENT, "orders:\n  currency: EUR\n  limit: 10\n");
		test.put("/config/staging/colour", "blue");
		test.put("/config/production/colour", "green");
		test.put("/services/narrow/" + "a-name-that-is-long-".repeat(5),
				"{\"host\":\"127.0.0.1\",\"port\":1,\"status\":\"OUT_OF_SERVICE\",\"metadata\":{\"zone\":\"europe-west-1-a\"}}");
		instance = OrdersService.start(test.etcd(), "orders-a", "eu-1a", "2.3.0");
		page.signIn("operator");
	}

	@AfterAll
	static void stop() {
		if (instance != null) {
			instance.close();
		}
		if (test != null) {
			test.close();
		}
	}

	@BeforeEach
	void content() {
		page.settle();
		test.browser().view(1440, 900, "light");
		test.put(SIZE, "50");
		if (!page.one("#user").getText().contains("operator\n")) {
			page.signIn("operator");
		}
		test.browser().takeConsoleErrors();
		test.browser().takeRequests();
	}

}
