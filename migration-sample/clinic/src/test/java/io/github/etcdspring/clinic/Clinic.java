package io.github.etcdspring.clinic;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.github.etcdspring.clinic.admin.AdminApplication;
import io.github.etcdspring.clinic.customers.CustomersApplication;
import io.github.etcdspring.clinic.gateway.GatewayApplication;
import io.github.etcdspring.clinic.vets.VetsApplication;
import io.github.etcdspring.clinic.visits.VisitsApplication;
import org.awaitility.Awaitility;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.MediaType;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The five applications, and what their users do.
 */
public final class Clinic implements AutoCloseable {

	private static final ParameterizedTypeReference<List<Map<String, Object>>> LIST = new ParameterizedTypeReference<>() {
	};

	private final List<ConfigurableApplicationContext> contexts = new ArrayList<>();

	private final RestClient gateway;

	private final RestClient admin;

	/**
	 * Starts all five.
	 * @param properties what their environment adds, as {@code name=value}
	 */
	public Clinic(String... properties) {
		start(CustomersApplication.class, "customers", properties);
		start(VisitsApplication.class, "visits", properties);
		start(VetsApplication.class, "vets", properties);
		this.gateway = start(GatewayApplication.class, "gateway", properties);
		this.admin = start(AdminApplication.class, "admin", properties);
	}

	private RestClient start(Class<?> application, String directory, String... properties) {
		List<String> arguments = new ArrayList<>(List.of("--spring.config.location=classpath:/" + directory + "/",
				"--spring.main.register-shutdown-hook=false"));
		for (String property : properties) {
			arguments.add("--" + property);
		}
		ConfigurableApplicationContext context = new SpringApplicationBuilder(application)
			.run(arguments.toArray(String[]::new));
		this.contexts.add(context);
		return RestClient
			.create("http://localhost:" + context.getEnvironment().getRequiredProperty("local.server.port"));
	}

	/** An owner registers, his pet has a visit, and the gateway shows both. */
	public void takesInAPet() {
		Map<String, Object> owner = post("/api/customer/owners", Map.of("name", "Ada", "pet", "Byte"));
		post("/api/visit/visits", Map.of("ownerId", owner.get("id"), "reason", "vaccination"));
		Map<String, Object> details = this.gateway.get()
			.uri("/api/gateway/owners/{id}", owner.get("id"))
			.retrieve()
			.body(new ParameterizedTypeReference<>() {
			});
		assertThat(details.toString()).contains("Byte", "vaccination");
	}

	public void hire(String vet) {
		post("/api/vet/vets", Map.of("name", vet));
	}

	public List<Map<String, Object>> firstPageOfVets() {
		return this.gateway.get().uri("/api/vet/vets").retrieve().body(LIST);
	}

	/** All five applications are shown as healthy. */
	public void isHealthyInSpringBootAdmin() {
		Awaitility.await()
			.atMost(Duration.ofSeconds(60))
			.ignoreExceptions()
			.untilAsserted(() -> assertThat(
					this.admin.get().uri("/applications").accept(MediaType.APPLICATION_JSON).retrieve().body(LIST))
				.extracting((application) -> application.get("name").toString().toLowerCase(Locale.ROOT) + " "
						+ application.get("status"))
				.containsExactlyInAnyOrder("customers-service UP", "visits-service UP", "vets-service UP",
						"api-gateway UP", "admin-server UP"));
	}

	private Map<String, Object> post(String path, Map<String, Object> body) {
		return this.gateway.post()
			.uri(path)
			.contentType(MediaType.APPLICATION_JSON)
			.body(body)
			.retrieve()
			.body(new ParameterizedTypeReference<>() {
			});
	}

	@Override
	public void close() {
		for (int i = this.contexts.size() - 1; i >= 0; i--) {
			this.contexts.get(i).close();
		}
	}

}
