package io.github.etcdspring.faults;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.github.etcdspring.fixture.FollowingApplication;
import io.github.etcdspring.fixture.JavaProcess;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.testsupport.EtcdServer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/**
 * An application in a separate process that is registered and follows its configuration.
 */
final class ForkedApplication implements AutoCloseable {

	static final Duration TTL = Duration.ofSeconds(3);

	/**
	 * Added to the promised time on a machine that runs other tests at the same time.
	 */
	static final Duration LOAD_TOLERANCE = Duration.ofSeconds(2);

	private final EtcdServer etcd;

	private final String name;

	private final JavaProcess process;

	private ForkedApplication(EtcdServer etcd, String name, JavaProcess process) {
		this.etcd = etcd;
		this.name = name;
		this.process = process;
	}

	/**
	 * Start an application without waiting for it.
	 * @param etcd the etcd to use
	 * @param name name of the application
	 * @param environment further environment variables
	 * @param options options of the virtual machine
	 * @param arguments further properties
	 * @return the application
	 */
	static ForkedApplication start(EtcdServer etcd, String name, Map<String, String> environment, List<String> options,
			String... arguments) {
		return start(FollowingApplication.class, etcd, name, environment, options, arguments);
	}

	static ForkedApplication start(Class<?> mainClass, EtcdServer etcd, String name, Map<String, String> environment,
			List<String> options, String... arguments) {
		write(etcd, name, "first");
		List<String> all = new ArrayList<>(List.of("--spring.application.name=" + name, "--spring.config.import=etcd:",
				"--spring.main.web-application-type=none", "--spring.main.keep-alive=true",
				"--spring.cloud.etcd.endpoints=" + etcd.endpoint(), "--spring.cloud.etcd.discovery.port=9999",
				"--spring.cloud.etcd.discovery.drain=0s",
				"--spring.cloud.etcd.discovery.ttl=" + TTL.toSeconds() + "s"));
		all.addAll(List.of(arguments));
		return new ForkedApplication(etcd, name,
				JavaProcess.startIn(environment, options, mainClass, all.toArray(String[]::new)));
	}

	static void write(EtcdServer etcd, String name, String text) {
		etcd.etcdctl("put", "/config/" + name + "/demo/text", text);
	}

	/**
	 * Wait for the promised time plus a tolerance for the load of the machine.
	 */
	static ConditionFactory within(Duration promised) {
		return Awaitility.await().atMost(promised.plus(LOAD_TOLERANCE)).pollInterval(Duration.ofMillis(50));
	}

	/**
	 * Return whether the application has logged a text as applied everywhere.
	 */
	boolean follows(String text) {
		return this.process.output()
			.contains("environment=%1$s scoped=%1$s mutable=%1$s immutable=%1$s value=%1$s".formatted(text) + "\n");
	}

	boolean isRegistered() {
		return keys().size() == 1;
	}

	List<String> keys() {
		return Keys.of(this.etcd, this.name);
	}

	JavaProcess process() {
		return this.process;
	}

	@Override
	public void close() throws IOException {
		this.process.close();
	}

}
