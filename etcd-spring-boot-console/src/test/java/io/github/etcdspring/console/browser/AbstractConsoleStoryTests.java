package io.github.etcdspring.console.browser;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.Parameter;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Stories of an operator with two running instances, in several sizes and color schemes.
 * The page at the end of each story is checked for accessibility.
 */
abstract class AbstractConsoleStoryTests {

	static final String SIZE = "/config/orders/orders.page-size";

	static final String DOCUMENT = "/config/orders/more.yaml";

	static ConsoleBrowser test;

	static ConsolePage page;

	private static final List<ConfigurableApplicationContext> instances = new ArrayList<>();

	@Parameter(0)
	private int width;

	@Parameter(1)
	private String scheme;

	@BeforeAll
	static void start() throws IOException {
		test = ConsoleBrowser.start();
		page = test.page();
		instances.add(OrdersService.start(test.etcd(), "orders-a", "eu-1a", "2.3.0"));
		instances.add(OrdersService.start(test.etcd(), "orders-b", "eu-1b", "2.4.0"));
		page.signIn("operator");
	}

	@AfterAll
	static void stop() {
		instances.forEach(ConfigurableApplicationContext::close);
		instances.clear();
		if (test != null) {
			test.close();
		}
	}

	@BeforeEach
	void content() {
		test.browser().view(this.width, 900, this.scheme);
		test.put(SIZE, "50");
		test.put(DOCUMENT, "orders:\n  currency: EUR\n  limit: 10\n");
		test.browser().takeConsoleErrors();
	}

	@AfterEach
	void leave() {
		try {
			assertThat(test.browser().violations()).isEmpty();
			assertThat(page.overflow()).isZero();
		}
		finally {
			page.settle();
			page.open("#/fleet");
		}
	}

}
