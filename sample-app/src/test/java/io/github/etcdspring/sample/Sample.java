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
 * The sample in one of its roles, and what it answers.
 */
final class Sample implements AutoCloseable {

	/** Of {@code root}, which all applications of the sample are. */
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
	 * Lets the shop ask for greetings until each of some instances has answered.
	 * @param instances their ids
	 * @return the last answer
	 */
	Greeting askUntilAnswerOf(String... instances) {
		Set<String> missing = new HashSet<>(Set.of(instances));
		// an instance of the test before may not have gone yet, and does not answer
		return await().atMost(Duration.ofSeconds(20)).ignoreException(HttpServerErrorException.class).until(() -> {
			Greeting answer = this.http.get().uri(SHOP_GREETING).retrieve().body(Greeting.class);
			missing.remove(answer.instance());
			return answer;
		}, (answer) -> missing.isEmpty());
	}

	/** What this instance of the service {@code greeting} answers. */
	Greeting ask() {
		return this.http.get().uri("/greeting").retrieve().body(Greeting.class);
	}

	/** The instances of {@code greeting} that the shop knows, by id. */
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
