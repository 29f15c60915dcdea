package io.github.etcdspring.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import io.github.etcdspring.config.ConfigWatch;
import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.lease.LeaseSession;
import io.github.etcdspring.lease.LeaseStatus;
import io.github.etcdspring.mirror.MirrorStatus;
import io.github.etcdspring.refresh.LiveProperties;
import io.github.etcdspring.testsupport.CommandException;
import io.github.etcdspring.testsupport.EtcdServer;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.serviceregistry.Registration;
import org.springframework.cloud.context.config.annotation.RefreshScope;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

import static org.awaitility.Awaitility.await;

/**
 * An application that is registered, discovers services and follows its configuration,
 * observed by a {@link ConsistencyMonitor}. Tests write a pair of numbers under two
 * prefixes and an instance of another service with the command line client.
 */
final class MonitoredApplication implements AutoCloseable {

	static final Duration TTL = Duration.ofSeconds(3);

	static final String OTHER = "inventory";

	private static final String NAME = "monitored";

	private final Class<?> tests;

	private final Supplier<EtcdServer> etcd;

	private final ConfigurableApplicationContext context;

	private final ConsistencyMonitor monitor;

	private int written;

	private MonitoredApplication(Class<?> tests, Supplier<EtcdServer> etcd, String endpoints, List<String> arguments) {
		this.tests = tests;
		this.etcd = etcd;
		write();
		List<String> all = new ArrayList<>(
				List.of("--spring.config.import=etcd:", "--spring.cloud.etcd.endpoints=" + endpoints,
						"--spring.cloud.etcd.discovery.ttl=" + TTL.toSeconds() + "s"));
		all.addAll(arguments);
		this.context = Applications.plain(etcd.get(), NAME, Beans.class).run(all.toArray(String[]::new));
		await().atMost(FaultScenario.RECOVERY_TIMEOUT).until(this::isRegistered);
		this.monitor = new ConsistencyMonitor(this);
	}

	/**
	 * Start an application.
	 * @param tests the tests, for the report
	 * @param etcd an available etcd to write and read directly
	 * @param endpoints the endpoints for the application
	 * @param arguments arguments of the application
	 * @return the application, registered
	 */
	static MonitoredApplication start(Class<?> tests, Supplier<EtcdServer> etcd, String endpoints,
			String... arguments) {
		return new MonitoredApplication(tests, etcd, endpoints, List.of(arguments));
	}

	static MonitoredApplication start(Class<?> tests, EtcdServer etcd) {
		return start(tests, () -> etcd, etcd.endpoint());
	}

	/**
	 * Start to observe a fault that is about to happen.
	 * @param fault the fault, for the report
	 * @return the scenario
	 */
	FaultScenario scenario(String fault) {
		return new FaultScenario(this, this.tests, fault);
	}

	/**
	 * Write the next pair and the next instance in one transaction.
	 * @return the number of both
	 */
	int write() {
		int number = this.written + 1;
		Map<String, String> values = new LinkedHashMap<>();
		values.put("/config/application/pair/first", "" + number);
		values.put("/config/" + NAME + "/pair/second", "" + number);
		values.put("/services/" + OTHER + "/" + id(number), "10.0.0.1:" + (1000 + number));
		this.etcd.get().putTogether(values);
		this.written = number;
		return number;
	}

	static String id(int number) {
		return "instance-" + number;
	}

	/**
	 * Return the pair as a request reads it.
	 * @return one from a live holder and one from a refresh-scoped bean
	 */
	List<Pair> pairs() {
		return List.of(this.context.getBean(Live.class).pair(), this.context.getBean(Scoped.class).pair());
	}

	/**
	 * Return the ids of the discovered instances of the other service.
	 */
	Set<String> others() {
		return ids(OTHER);
	}

	boolean isListed() {
		return ids(NAME).contains(id());
	}

	private Set<String> ids(String service) {
		return this.context.getBean(DiscoveryClient.class)
			.getInstances(service)
			.stream()
			.map(ServiceInstance::getInstanceId)
			.collect(Collectors.toSet());
	}

	/**
	 * Return the ids of the instances of the other service in etcd.
	 */
	Set<String> othersInEtcd() {
		return Keys.of(this.etcd.get(), OTHER)
			.stream()
			.map((key) -> key.substring(key.lastIndexOf('/') + 1))
			.collect(Collectors.toSet());
	}

	private String id() {
		return Objects.requireNonNull(this.context.getBean(Registration.class).getInstanceId());
	}

	String key() {
		return "/services/" + NAME + "/" + id();
	}

	/**
	 * Return whether the key of the application is in etcd under its current lease, which
	 * has not expired.
	 */
	boolean isRegistered() {
		String lease = lease().id();
		try {
			EtcdServer server = this.etcd.get();
			String entry = server.etcdctl("get", key(), "--write-out=fields");
			String bound = Long.toString(lease().lease());
			return entry.contains("\"Lease\" : " + bound + "\n")
					&& server.etcdctl("lease", "timetolive", lease).contains("remaining(");
		}
		catch (CommandException ex) {
			return false;
		}
	}

	LeaseStatus lease() {
		return this.context.getBean(LeaseSession.class).status();
	}

	long renewals() {
		return this.context.getBean(LeaseSession.class).renewals();
	}

	/**
	 * Return whether the application reports services and configuration as synced.
	 */
	boolean isSynced() {
		MirrorStatus configuration = this.context.getBean(ConfigWatch.class).status();
		return configuration != null && configuration.synced()
				&& this.context.getBean(ServiceCatalog.class).status().synced();
	}

	String problems() {
		return "lease: " + lease().problem() + ", services: " + this.context.getBean(ServiceCatalog.class).status()
				+ ", configuration: " + this.context.getBean(ConfigWatch.class).status();
	}

	ConsistencyMonitor monitor() {
		return this.monitor;
	}

	ConfigurableApplicationContext context() {
		return this.context;
	}

	@Override
	public void close() {
		this.monitor.close();
		this.context.close();
	}

	/**
	 * Two numbers that are always written together, under two prefixes.
	 *
	 * @param first the first number
	 * @param second the second number
	 */
	@ConfigurationProperties("pair")
	record Pair(int first, int second) {

	}

	/**
	 * Reads the pair from a live holder.
	 */
	static final class Live {

		private final LiveProperties<Pair> pair;

		Live(LiveProperties<Pair> pair) {
			this.pair = pair;
		}

		Pair pair() {
			return this.pair.get();
		}

	}

	/**
	 * Reads the pair from the environment when it is created.
	 */
	static class Scoped {

		private final Pair pair;

		Scoped(Environment environment) {
			this.pair = new Pair(environment.getProperty("pair.first", Integer.class, 0),
					environment.getProperty("pair.second", Integer.class, 0));
		}

		Pair pair() {
			return this.pair;
		}

	}

	/**
	 * Beans that follow the configuration.
	 */
	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(Pair.class)
	static class Beans {

		@Bean
		@RefreshScope
		Scoped scoped(Environment environment) {
			return new Scoped(environment);
		}

		@Bean
		Live live(LiveProperties<Pair> pair) {
			return new Live(pair);
		}

	}

}
