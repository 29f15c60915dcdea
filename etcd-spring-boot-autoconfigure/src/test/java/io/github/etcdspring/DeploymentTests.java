package io.github.etcdspring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The manifests for Kubernetes, the image and the Compose file of the sample fit each
 * other and the starter. They are parsed, not run.
 */
class DeploymentTests {

	private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

	private static final String ETCD = "docs/kubernetes/etcd.yaml";

	private static final String APPLICATION = "docs/kubernetes/application.yaml";

	private static final String COMPOSE = "sample-app/compose.yaml";

	/**
	 * Unlike the model's own mapper, this one refuses fields that the API does not have.
	 */
	private static final ObjectMapper STRICT = new ObjectMapper()
		.setAnnotationIntrospector(new JacksonAnnotationIntrospector() {

			private static final long serialVersionUID = 1L;

			@Override
			public Boolean hasAnySetter(Annotated annotated) {
				return false;
			}

		});

	@ParameterizedTest
	@ValueSource(strings = { ETCD, APPLICATION })
	void manifestsHaveOnlyFieldsOfTheApi(String file) throws IOException {
		assertThat(read(file)).isNotEmpty()
			.allSatisfy((resource) -> assertThat(resource.getMetadata().getName()).isNotEmpty());
	}

	@Test
	void membersOfEtcdFindEachOther() throws IOException {
		StatefulSet etcd = one(ETCD, StatefulSet.class);
		Service service = one(ETCD, Service.class);
		assertThat(etcd.getSpec().getServiceName()).isEqualTo(service.getMetadata().getName());
		assertThat(service.getSpec().getClusterIP()).isEqualTo("None");
		assertThat(service.getSpec().getPublishNotReadyAddresses()).isTrue();
		assertThat(service.getSpec().getSelector()).isEqualTo(etcd.getSpec().getSelector().getMatchLabels());
		Container container = container(etcd.getSpec().getTemplate());
		assertThat(container.getArgs()).contains("--initial-cluster="
				+ members(etcd).map((member) -> member.split("\\.", 2)[0] + "=http://" + member + ":2380")
					.collect(Collectors.joining(",")));
		assertThat(service.getSpec().getPorts()).allSatisfy((port) -> assertThat(container.getPorts())
			.anyMatch((exposed) -> exposed.getContainerPort().equals(port.getPort())));
		assertThat(etcd.getSpec().getVolumeClaimTemplates()).singleElement()
			.satisfies((claim) -> assertThat(container.getVolumeMounts())
				.anyMatch((mount) -> mount.getName().equals(claim.getMetadata().getName())));
	}

	@Test
	void budgetKeepsTheMajorityOfEtcd() throws IOException {
		assertThat(one(ETCD, StatefulSet.class).getSpec().getReplicas()).isEqualTo(3);
		assertThat(one(ETCD, PodDisruptionBudget.class).getSpec().getMaxUnavailable().getIntVal()).isEqualTo(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { ETCD, APPLICATION })
	void selectorsMatchThePodsAndProbesTheirPorts(String file) throws IOException {
		PodTemplateSpec pods = pods(file);
		Map<String, String> labels = pods.getMetadata().getLabels();
		assertThat(one(file, PodDisruptionBudget.class).getSpec().getSelector().getMatchLabels()).isEqualTo(labels);
		assertThat(pods.getSpec().getTopologySpreadConstraints())
			.allSatisfy((spread) -> assertThat(spread.getLabelSelector().getMatchLabels()).isEqualTo(labels));
		Container container = container(pods);
		List<String> ports = container.getPorts().stream().map(ContainerPort::getName).toList();
		for (Probe probe : List.of(container.getStartupProbe(), container.getLivenessProbe(),
				container.getReadinessProbe())) {
			assertThat(ports).contains(probe.getHttpGet().getPort().getStrVal());
		}
	}

	@Test
	void applicationUsesAllMembersOfEtcdAndPropertiesThatExist() throws IOException {
		PodTemplateSpec pods = pods(APPLICATION);
		Map<String, String> environment = new LinkedHashMap<>();
		for (EnvVar variable : container(pods).getEnv()) {
			environment.put(variable.getName(), String.valueOf(variable.getValue()));
		}
		assertThat(environment).containsEntry("SPRING_CLOUD_ETCD_ENDPOINTS",
				members(one(ETCD, StatefulSet.class)).map((member) -> "http://" + member + ":2379")
					.collect(Collectors.joining(",")));
		assertThat(container(pods).getPorts()).singleElement()
			.satisfies((port) -> assertThat(environment).containsEntry("SERVER_PORT",
					String.valueOf(port.getContainerPort())));
		assertThatPropertiesExist(environment.keySet());
		assertThat(pods.getSpec().getTerminationGracePeriodSeconds()).isGreaterThan(2 + 30);
	}

	@Test
	void composeFileRunsTheSampleWithItsEtcd() throws IOException {
		JsonNode services = yaml(COMPOSE).get(0).get("services");
		String etcd = services.at("/etcd/image").asText();
		assertThat(etcd).isEqualTo(container(pods(ETCD)).getImage());
		assertThat(Files.readString(ROOT.resolve("docs/testing.md"))).contains(etcd);
		for (String name : List.of("greeting", "shop")) {
			JsonNode service = services.get(name);
			assertThat(service.get("image").asText()).isEqualTo(container(pods(APPLICATION)).getImage());
			assertThat(service.at("/environment/SPRING_CLOUD_ETCD_ENDPOINTS").asText()).isEqualTo("http://etcd:2379");
			List<String> variables = new ArrayList<>();
			service.get("environment").fieldNames().forEachRemaining(variables::add);
			assertThatPropertiesExist(Set.copyOf(variables));
			assertThat(Files.readString(ROOT.resolve("sample-app/src/main/resources/application.yml")))
				.contains("on-profile: " + service.at("/environment/SPRING_PROFILES_ACTIVE").asText());
		}
	}

	@Test
	void imageContainsTheJarOfTheSample() throws IOException {
		String dockerfile = Files.readString(ROOT.resolve("sample-app/Dockerfile"));
		String pom = Files.readString(ROOT.resolve("sample-app/pom.xml"));
		assertThat(pom).contains("<finalName>${project.artifactId}</finalName>");
		assertThat(dockerfile).contains("COPY target/sample-app.jar ");
		assertThat(Files.readString(ROOT.resolve("sample-app/.dockerignore"))).contains("!target/sample-app.jar");
	}

	private static void assertThatPropertiesExist(Set<String> variables) throws IOException {
		Set<String> known = Files.readAllLines(ROOT.resolve("docs/properties.md"))
			.stream()
			.flatMap((line) -> Pattern.compile("^\\| `([a-z.-]+)` \\|").matcher(line).results())
			.map((MatchResult row) -> row.group(1).replace("-", "").replace('.', '_').toUpperCase(Locale.ROOT))
			.collect(Collectors.toSet());
		assertThat(variables).filteredOn((variable) -> variable.startsWith("SPRING_CLOUD_ETCD_"))
			.isNotEmpty()
			.allMatch((variable) -> known.contains(variable.replaceFirst("(_METADATA)_.*", "$1"))
					|| known.contains(withoutDashes(variable, known)));
	}

	/** Underscores also stand for the dashes that Spring Boot removes. */
	private static String withoutDashes(String variable, Set<String> known) {
		return known.stream()
			.filter((name) -> name.replace("_", "").equals(variable.replace("_", "")))
			.findFirst()
			.orElse("");
	}

	private static Stream<String> members(StatefulSet etcd) {
		String name = etcd.getMetadata().getName();
		return Stream.iterate(0, (i) -> i + 1)
			.limit(etcd.getSpec().getReplicas())
			.map((i) -> name + "-" + i + "." + etcd.getSpec().getServiceName());
	}

	private static PodTemplateSpec pods(String file) throws IOException {
		return (file.equals(ETCD)) ? one(file, StatefulSet.class).getSpec().getTemplate()
				: one(file, Deployment.class).getSpec().getTemplate();
	}

	private static Container container(PodTemplateSpec pods) {
		assertThat(pods.getSpec().getContainers()).hasSize(1);
		return pods.getSpec().getContainers().get(0);
	}

	private static <T> T one(String file, Class<T> type) throws IOException {
		List<T> found = read(file).stream().filter(type::isInstance).map(type::cast).toList();
		assertThat(found).hasSize(1);
		return found.get(0);
	}

	private static List<HasMetadata> read(String file) throws IOException {
		List<HasMetadata> resources = new ArrayList<>();
		for (JsonNode document : yaml(file)) {
			String kind = document.get("kind").asText();
			Class<? extends HasMetadata> type = Stream
				.of(Service.class, PodDisruptionBudget.class, StatefulSet.class, Deployment.class)
				.filter((candidate) -> candidate.getSimpleName().equals(kind))
				.findFirst()
				.orElseThrow();
			HasMetadata resource = STRICT.treeToValue(document, type);
			assertThat(HasMetadata.getApiVersion(type)).isEqualTo(document.get("apiVersion").asText());
			resources.add(resource);
		}
		return resources;
	}

	private static List<JsonNode> yaml(String file) throws IOException {
		List<JsonNode> documents = new ArrayList<>();
		new Yaml().loadAll(Files.readString(ROOT.resolve(file)))
			.forEach((document) -> documents.add(STRICT.valueToTree(document)));
		return documents;
	}

}
