package io.github.etcdspring.sample;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.github.etcdspring.testsupport.EtcdServer;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.client.serviceregistry.Registration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.web.client.HttpServerErrorException;
import org.springframework.web.client.RestClient;

import static org.awaitility.Awaitility.await;

/**
 * The sample application with one of its profiles, and a client of it.
 */
final class Sample implements AutoCloseable {

	/** Password of {@code root}, the user of all sample applications. */
	static final String PASSWORD = "of root";

	private static final String SHOP_GREETING = "/greeting";

	private final ConfigurableApplicationContext application;

	private final RestClient http;

	private Sample(EtcdServer etcd, String profile, String... arguments) {
		this.application = new SpringApplicationBuilder(SampleApplication.class).profiles(profile)
			.run(Stream.concat(Stream.of("--server.port=0", "--spring.cloud.etcd.endpoints=" + etcd.endpoint(),
					"--spring.cloud.etcd.username=root", "--spring.cloud.etcd.password=" + PASSWORD,
					"--spring.cloud.etcd.discovery.ip-address=127.0.0.1", "--spring.cloud.etcd.discovery.drain=100ms"),
					Stream.of(arguments))
				.toArray(String[]::new));
		this.http = RestClient
			.create("http://127.0.0.1:" + this.application.getEnvironment().getProperty("local.server.port"));
	}

	static Sample shop(EtcdServer etcd, String... arguments) {
		return new Sample(etcd, "consumer", arguments);
	}

	static Sample greeting(EtcdServer etcd, String... arguments) {
		return new Sample(etcd, "provider", arguments);
	}

	/**
	 * Requests greetings from the shop until each of the instances has responded.
	 * @param instances instance ids
	 * @return the last response
	 */
	Greeting askUntilAnswerOf(String... instances) {
		Set<String> missing = new HashSet<>(Set.of(instances));
		// an instance of an earlier test may still be registered, but does not respond
		return await().atMost(Duration.ofSeconds(20)).ignoreException(HttpServerErrorException.class).until(() -> {
			Greeting answer = this.http.get().uri(SHOP_GREETING).retrieve().body(Greeting.class);
			missing.remove(answer.instance());
			return answer;
		}, (answer) -> missing.isEmpty());
	}

	/** Requests a greeting from this provider. */
	Greeting ask() {
		return this.http.get().uri("/greeting").retrieve().body(Greeting.class);
	}

	/** Returns the ids of the instances of {@code greeting} known to the shop. */
	Set<String> known() {
		Map<String, List<ShopController.Instance>> services = this.http.get()
			.uri("/instances")
			.retrieve()
			.body(new ParameterizedTypeReference<>() {
			});
		return services.getOrDefault("greeting", List.of())
			.stream()
			.map(ShopController.Instance::instance)
			.collect(Collectors.toSet());
	}

	String id() {
		return this.application.getBean(Registration.class).getInstanceId();
	}

	@Override
	public void close() {
		this.application.close();
	}

}
