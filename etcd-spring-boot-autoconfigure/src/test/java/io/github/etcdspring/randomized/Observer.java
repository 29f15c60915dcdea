package io.github.etcdspring.randomized;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;

import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.fixture.PlainApplication;
import io.github.etcdspring.fleet.FleetInstance;
import io.github.etcdspring.fleet.FleetKeys;
import io.github.etcdspring.mirror.MirrorReport;
import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.refresh.ConfigurationStatus;
import io.github.etcdspring.refresh.LiveProperties;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.context.config.annotation.RefreshScope;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/**
 * An application that is one of the instances, discovers the others and follows its
 * configuration.
 */
final class Observer implements AutoCloseable {

	static final String SERVICE = "fleet";

	static final String ID = "observer";

	static final String FLEET_KEY = "/fleet/" + SERVICE + "/" + ID;

	private final ConfigurableApplicationContext context;

	private final DiscoveryClient discovery;

	private final Scoped scoped;

	private final LiveProperties<Pair> live;

	private final Holder holder;

	private final LiveProperties<Trial> trial;

	private final CallRecorder recorder;

	private final Map<CallingClient, Consumer<String>> clients = new EnumMap<>(CallingClient.class);

	@SuppressWarnings("unchecked")
	Observer(int port, InstanceServer server) {
		this.context = run(port, ID, server, new Class<?>[] { CallingClient.Clients.class },
				"spring.config.import=etcd:",
				"spring.cloud.etcd.loadbalancer.ejection.max-duration=" + ExpectedCalls.MAX_EJECTION.toSeconds() + "s");
		this.discovery = this.context.getBean(DiscoveryClient.class);
		this.scoped = this.context.getBean(Scoped.class);
		this.live = this.context.getBean(Following.class).live();
		this.holder = this.context.getBean(Holder.class);
		this.trial = this.context.getBean(Following.class).trial();
		this.recorder = this.context.getBean(CallRecorder.class);
		for (CallingClient client : CallingClient.values()) {
			this.clients.put(client, client.of(this.context));
		}
	}

	/**
	 * Start an application that is one of the instances.
	 * @param port port of an etcd
	 * @param id id of the instance
	 * @param server server that answers in its place
	 * @param sources further configuration classes
	 * @param properties further properties
	 * @return the application
	 */
	static ConfigurableApplicationContext run(int port, String id, InstanceServer server, Class<?>[] sources,
			String... properties) {
		return new SpringApplicationBuilder(PlainApplication.class, Following.class).sources(sources)
			.web(WebApplicationType.NONE)
			.properties("spring.cloud.etcd.endpoints=http://127.0.0.1:" + port, "spring.application.name=" + SERVICE,
					"spring.cloud.etcd.discovery.instance-id=" + id,
					"spring.cloud.etcd.discovery.port=" + server.port(),
					"spring.cloud.etcd.discovery.ip-address=127.0.0.1", "spring.cloud.etcd.discovery.drain=0s",
					"spring.cloud.etcd.discovery.metadata.version=0",
					"spring.cloud.etcd.discovery.ttl=" + TestEnvironment.TTL.toSeconds() + "s",
					"spring.main.banner-mode=off", "spring.main.register-shutdown-hook=false")
			.properties(properties)
			.run();
	}

	/**
	 * Return the content of the catalog.
	 * @return the version of each instance by its id
	 */
	Map<String, Integer> catalog() {
		Map<String, Integer> versions = new TreeMap<>();
		for (ServiceInstance instance : this.discovery.getInstances(SERVICE)) {
			versions.put(Objects.requireNonNull(instance.getInstanceId()),
					Integer.valueOf(instance.getMetadata().getOrDefault("version", "-1")));
		}
		return versions;
	}

	/**
	 * Return whether the observer has published which configuration it uses.
	 * @param etcd a connection to etcd
	 */
	boolean isInFleet(TestConnection etcd) {
		ConfigurationStatus status = this.context.getBean(ConfigRefresh.class).status();
		KeyValue entry = etcd.find(FLEET_KEY);
		FleetInstance published = (entry != null) ? new FleetKeys("/fleet").read(entry) : null;
		return published != null && published.appliedRevision() == status.appliedRevision()
				&& published.seenRevision() == status.seenRevision()
				&& Objects.equals(published.rejected(), status.rejected());
	}

	List<MirrorReport> watches() {
		return this.context.getBean(ServiceCatalog.class).watches();
	}

	Pair scoped() {
		return this.scoped.pair();
	}

	Pair live() {
		return this.live.get();
	}

	ConfigurableApplicationContext context() {
		return this.context;
	}

	/** The pair that is changed by rollouts. */
	Pair trial() {
		return this.trial.get().pair();
	}

	Pair bean() {
		return this.holder.getPair();
	}

	/**
	 * Call any instance.
	 * @param client the client to use
	 */
	Call call(CallingClient client) {
		return this.recorder.call(client, Objects.requireNonNull(this.clients.get(client)));
	}

	@Override
	public void close() {
		this.context.close();
	}

	/**
	 * Two numbers that are always written together.
	 *
	 * @param first the first number
	 * @param second the second number
	 */
	@ConfigurationProperties("randomized.pair")
	record Pair(int first, int second) {

		boolean isInconsistent() {
			return this.first != this.second;
		}

	}

	/**
	 * Two numbers that are changed together by rollouts and proposals.
	 *
	 * @param first the first number
	 * @param second the second number
	 */
	@ConfigurationProperties("randomized.trial")
	record Trial(int first, int second) {

		Pair pair() {
			return new Pair(this.first, this.second);
		}

	}

	/**
	 * Holds the pair in a mutable property.
	 */
	@ConfigurationProperties("randomized")
	static class Holder {

		private Pair pair = new Pair(0, 0);

		Pair getPair() {
			return this.pair;
		}

		void setPair(Pair pair) {
			this.pair = pair;
		}

	}

	/**
	 * Reads the pair from the environment when it is created.
	 */
	static class Scoped {

		private final Pair pair;

		Scoped(Environment environment) {
			this.pair = new Pair(environment.getProperty("randomized.pair.first", Integer.class, 0),
					environment.getProperty("randomized.pair.second", Integer.class, 0));
		}

		Pair pair() {
			return this.pair;
		}

	}

	/**
	 * Beans that follow the configuration.
	 */
	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties({ Pair.class, Holder.class, Trial.class })
	static class Following {

		private final LiveProperties<Pair> live;

		private final LiveProperties<Trial> trial;

		Following(LiveProperties<Pair> live, LiveProperties<Trial> trial) {
			this.live = live;
			this.trial = trial;
		}

		LiveProperties<Trial> trial() {
			return this.trial;
		}

		LiveProperties<Pair> live() {
			return this.live;
		}

		@Bean
		@RefreshScope
		Scoped scoped(Environment environment) {
			return new Scoped(environment);
		}

	}

}
