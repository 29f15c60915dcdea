package io.github.etcdspring.benchmarks;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.discovery.simple.SimpleDiscoveryClient;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Measures a call of {@code getInstances} and a choice of the load balancer. The floor is
 * {@link SimpleDiscoveryClient} with a fixed list.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
// Fields are set by JMH and by the set-up
@NullUnmarked
public class LookupBenchmark {

	/** System property with the endpoint of etcd. */
	static final String ENDPOINT = "benchmarks.endpoint";

	private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(30);

	/** Number of instances. */
	@Param({ "10", "100", "1000" })
	public int instances;

	/** Source of the instances. */
	@Param
	public Source source;

	private ConfigurableApplicationContext application;

	private DiscoveryClient discovery;

	private LoadBalancerClient loadBalancer;

	private String service;

	@Setup
	public void start() throws Exception {
		String endpoint = System.getProperty(ENDPOINT);
		this.service = "service-" + this.instances;
		this.application = (this.source == Source.ETCD) ? followed(endpoint) : fixed(endpoint);
		this.loadBalancer = this.application.getBean(LoadBalancerClient.class);
		long limit = System.nanoTime() + LIMIT_NANOS;
		while (this.discovery.getInstances(this.service).size() != this.instances) {
			if (System.nanoTime() - limit > 0) {
				throw new IllegalStateException("The instances were not found within 30 s");
			}
			Thread.sleep(10);
		}
	}

	private ConfigurableApplicationContext followed(String endpoint) throws Exception {
		try (Client client = Client.builder().endpoints(endpoint).build()) {
			for (int i = 0; i < this.instances; i++) {
				client.getKVClient()
					.put(bytes("/services/" + this.service + "/instance-" + i), bytes("127.0.0.1:8080"))
					.get(10, TimeUnit.SECONDS);
			}
		}
		ConfigurableApplicationContext context = Application.run(endpoint, "lookup");
		this.discovery = context.getBeansOfType(DiscoveryClient.class)
			.values()
			.stream()
			.filter((client) -> "etcd".equals(client.description()))
			.findFirst()
			.orElseThrow();
		return context;
	}

	private ConfigurableApplicationContext fixed(String endpoint) {
		List<String> list = new ArrayList<>(List.of("--spring.cloud.etcd.enabled=false"));
		for (int i = 0; i < this.instances; i++) {
			list.add("--spring.cloud.discovery.client.simple.instances." + this.service + "[" + i
					+ "].uri=http://127.0.0.1:8080");
		}
		ConfigurableApplicationContext context = Application.run(endpoint, "lookup", list.toArray(String[]::new));
		this.discovery = context.getBean(SimpleDiscoveryClient.class);
		return context;
	}

	@Benchmark
	public List<ServiceInstance> getInstances() {
		return this.discovery.getInstances(this.service);
	}

	@Benchmark
	public ServiceInstance choose() {
		return this.loadBalancer.choose(this.service);
	}

	@TearDown
	public void stop() {
		this.application.close();
	}

	private static ByteSequence bytes(String text) {
		return ByteSequence.from(text, StandardCharsets.UTF_8);
	}

	/**
	 * Source of the instances.
	 */
	public enum Source {

		/** The catalog. */
		ETCD,

		/** A fixed list in the application's properties. */
		LIST

	}

}
