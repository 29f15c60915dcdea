package io.github.etcdspring.console.browser;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

import io.github.etcdspring.console.ConsoleApplication;
import io.github.etcdspring.testsupport.Chromium;
import io.github.etcdspring.testsupport.EtcdServer;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * A browser, an etcd, and an application with the console.
 */
final class ConsoleBrowser implements AutoCloseable {

	/** Fewer than etcd permits in a transaction. */
	private static final int BATCH = 100;

	private final Chromium browser;

	private final EtcdServer etcd;

	private final ConfigurableApplicationContext console;

	private final ConsolePage page;

	private ConsoleBrowser(Chromium browser, EtcdServer etcd) {
		this.browser = browser;
		this.etcd = etcd;
		this.console = new SpringApplicationBuilder(ConsoleApplication.class).run("--server.port=0",
				"--server.address=127.0.0.1", "--spring.application.name=console",
				"--spring.cloud.etcd.endpoints=" + etcd.endpoint(), "--spring.cloud.etcd.discovery.register=false",
				"--spring.main.register-shutdown-hook=false");
		this.page = new ConsolePage(browser.driver(), address());
		browser.view(1440, 900, "light");
	}

	static ConsoleBrowser start() throws IOException {
		Chromium browser = Chromium.start();
		EtcdServer etcd = EtcdServer.start();
		try {
			return new ConsoleBrowser(browser, etcd);
		}
		catch (RuntimeException ex) {
			browser.close();
			etcd.close();
			throw ex;
		}
	}

	Chromium browser() {
		return this.browser;
	}

	EtcdServer etcd() {
		return this.etcd;
	}

	ConsolePage page() {
		return this.page;
	}

	int port() {
		return this.console.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
	}

	String address() {
		return "http://127.0.0.1:" + port();
	}

	void put(String key, String value) {
		this.etcd.etcdctl("put", "--", key, value);
	}

	/** Put many keys, in few transactions. */
	void putAll(Map<String, String> entries) {
		Map<String, String> batch = new LinkedHashMap<>();
		entries.forEach((key, value) -> {
			// as etcdctl reads the operations of a transaction
			batch.put(key, "\"" + value.replace("\"", "\\\"") + "\"");
			if (batch.size() == BATCH) {
				this.etcd.putTogether(batch);
				batch.clear();
			}
		});
		if (!batch.isEmpty()) {
			this.etcd.putTogether(batch);
		}
	}

	String get(String key) {
		return this.etcd.etcdctl("get", "--print-value-only", key).stripTrailing();
	}

	@Override
	public void close() {
		this.browser.close();
		this.console.close();
		this.etcd.close();
	}

}
