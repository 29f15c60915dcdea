package io.github.etcdspring.console.browser;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.PutOption;
import io.github.etcdspring.browser.Chromium;
import io.github.etcdspring.console.ConsoleApplication;
import io.github.etcdspring.operations.ConfigChange;
import io.github.etcdspring.operations.EtcdConfigOperations;
import io.github.etcdspring.testsupport.EtcdServer;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * A browser, an etcd, and an application with the console.
 */
final class ConsoleBrowser implements AutoCloseable {

	/** As many as etcd permits in a transaction. */
	private static final int BATCH = 128;

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
				"--spring.cloud.etcd.config.history.max-entries=1000", "--spring.main.register-shutdown-hook=false");
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
		List<Op> puts = entries.entrySet()
			.stream()
			.map((entry) -> (Op) Op.put(bytes(entry.getKey()), bytes(entry.getValue()), PutOption.DEFAULT))
			.toList();
		try (Client client = Client.builder().endpoints(this.etcd.endpoint()).build()) {
			for (int begin = 0; begin < puts.size(); begin += BATCH) {
				Op[] batch = puts.subList(begin, Math.min(puts.size(), begin + BATCH)).toArray(Op[]::new);
				client.getKVClient().txn().Then(batch).commit().orTimeout(10, TimeUnit.SECONDS).join();
			}
		}
	}

	private static ByteSequence bytes(String text) {
		return ByteSequence.from(text, StandardCharsets.UTF_8);
	}

	/** Write a key as the user jane, recorded in the history. */
	void write(String key, String value, String comment) {
		this.console.getBean(EtcdConfigOperations.class).as("jane", comment).write(ConfigChange.put(key, value));
	}

	/** Return the revision of the last write of a key. */
	long revision(String key) {
		return this.etcd.etcdctl("get", "--write-out=fields", key)
			.lines()
			.filter((line) -> line.startsWith("\"ModRevision\" : "))
			.mapToLong((line) -> Long.parseLong(line.substring(line.indexOf(':') + 2)))
			.findFirst()
			.orElseThrow();
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
