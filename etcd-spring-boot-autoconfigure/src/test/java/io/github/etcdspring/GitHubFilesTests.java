package io.github.etcdspring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.yaml.snakeyaml.Yaml;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Workflows, issue forms and documentation refer only to what the repository contains.
 * {@code src/ci/lint-workflows} checks the syntax of the workflows.
 */
class GitHubFilesTests {

	private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

	private static final Path GITHUB = ROOT.resolve(".github");

	private static final Pattern SCRIPT = Pattern
		.compile("(?<![\\w./-])(?:\\./)?((?:src/ci|\\.ci|benchmarks)/[\\w-]+|demo)\\b");

	static List<Path> workflows() throws IOException {
		return yaml(GITHUB.resolve("workflows"));
	}

	static List<Path> forms() throws IOException {
		return yaml(GITHUB.resolve("ISSUE_TEMPLATE")).stream().filter((file) -> !file.endsWith("config.yml")).toList();
	}

	@ParameterizedTest
	@MethodSource("workflows")
	void workflowsHaveMinimalPermissionsAndLimits(Path file) throws IOException {
		Map<String, Object> workflow = load(file);
		assertThat(workflow).containsKey("concurrency").containsEntry("permissions", Map.of("contents", "read"));
		// A job that calls another workflow has the limits of that one
		map(workflow.get("jobs")).forEach((name, job) -> assertThat(map(job)).as(name)
			.containsAnyOf(Map.entry("uses", "./.github/workflows/build.yml"), Map.entry("runs-on", "ubuntu-latest"))
			.matches((values) -> values.containsKey("uses") || values.containsKey("timeout-minutes")));
	}

	@ParameterizedTest
	@MethodSource("workflows")
	void workflowsUsePinnedActions(Path file) throws IOException {
		List<String> actions = Pattern.compile("(?m)^\\s*(?:- )?uses: (\\S+)$")
			.matcher(Files.readString(file))
			.results()
			.map((match) -> match.group(1))
			.toList();
		assertThat(actions).isNotEmpty().allSatisfy((action) -> {
			if (action.startsWith("./")) {
				assertThat(ROOT.resolve(action)).exists();
			}
			else {
				assertThat(action).matches("[\\w-]+/[\\w-]+@(v\\d+|[0-9a-f]{40})");
			}
		});
	}

	@ParameterizedTest
	@MethodSource("workflows")
	void workflowsRunOnlyCommandsThatExist(Path file) throws IOException {
		hasOnlyCommandsThatExist(Files.readString(file));
	}

	@Test
	void guideToReleasesShowsOnlyCommandsThatExist() throws IOException {
		for (String commands : Snippets.of(ROOT.resolve("docs/releasing.md"), "sh")) {
			hasOnlyCommandsThatExist(commands);
		}
	}

	private static void hasOnlyCommandsThatExist(String text) throws IOException {
		assertThat(SCRIPT.matcher(text).results().map((match) -> match.group(1)).map(ROOT::resolve))
			.allSatisfy((script) -> assertThat(script).isRegularFile().isExecutable());
		String pom = Files.readString(ROOT.resolve("pom.xml"));
		assertThat(options(text, "-P")).allSatisfy((profile) -> assertThat(pom).contains("<id>" + profile + "</id>"));
		assertThat(options(text, "-pl "))
			.allSatisfy((module) -> assertThat(pom).contains("<module>" + module + "</module>"));
	}

	private static List<String> options(String text, String option) {
		return Pattern.compile("(?<=\\s)" + option + "([\\w.,-]+)")
			.matcher(text)
			.results()
			.flatMap((match) -> Arrays.stream(match.group(1).split(",")))
			.toList();
	}

	@Test
	void guideToReleasesNamesTheSecrets() throws IOException {
		String guide = Files.readString(ROOT.resolve("docs/releasing.md"));
		Set<String> secrets = Pattern.compile("secrets\\.(\\w+)")
			.matcher(Files.readString(GITHUB.resolve("workflows/release.yml")))
			.results()
			.map((match) -> match.group(1))
			.collect(Collectors.toSet());
		assertThat(secrets).hasSize(4).allSatisfy((secret) -> assertThat(guide).contains("`" + secret + "`"));
	}

	@ParameterizedTest
	@MethodSource("forms")
	void issueFormsAreValid(Path file) throws IOException {
		Map<String, Object> form = load(file);
		assertThat(form).containsOnlyKeys("name", "description", "labels", "body");
		List<Map<String, Object>> fields = list(form.get("body")).stream()
			.filter((field) -> !"markdown".equals(field.get("type")))
			.toList();
		assertThat(fields).isNotEmpty().allSatisfy((field) -> {
			assertThat(field.get("type")).isIn("input", "textarea", "dropdown", "checkboxes");
			assertThat(field.keySet()).isSubsetOf("type", "id", "attributes", "validations");
			Map<String, Object> attributes = map(field.get("attributes"));
			assertThat(attributes).containsKey("label");
			assertThat(attributes.keySet()).isSubsetOf("label", "description", "placeholder", "render", "options");
			assertThat(attributes.containsKey("options"))
				.isEqualTo(Set.of("dropdown", "checkboxes").contains(field.get("type")));
		});
		assertThat(fields.stream().map((field) -> field.get("id"))).doesNotContainNull().doesNotHaveDuplicates();
		assertThat(fields.stream().map((field) -> map(field.get("attributes")).get("label"))).doesNotHaveDuplicates();
	}

	@Test
	void issuesAreCreatedFromForms() throws IOException {
		Map<String, Object> config = load(GITHUB.resolve("ISSUE_TEMPLATE/config.yml"));
		assertThat(config).containsEntry("blank_issues_enabled", false);
		assertThat(list(config.get("contact_links"))).isNotEmpty()
			.allSatisfy((link) -> assertThat(link).containsOnlyKeys("name", "url", "about"));
	}

	/** The workflow "Documentation" publishes only these pages. */
	@Test
	void publishedPagesLinkOnlyToEachOther() throws IOException {
		try (Stream<Path> files = Files.walk(ROOT.resolve("docs"))) {
			for (Path page : files.filter((path) -> path.toString().endsWith(".md")).toList()) {
				Stream<Path> targets = Pattern.compile("\\]\\((?!https?:)([^)#]+)")
					.matcher(Files.readString(page))
					.results()
					.map((link) -> page.resolveSibling(link.group(1)).normalize());
				assertThat(targets).as(page.toString())
					.allSatisfy((target) -> assertThat(
							target.startsWith(ROOT.resolve("docs")) || target.getParent().equals(ROOT))
						.as(target.toString())
						.isTrue());
			}
		}
	}

	private static List<Path> yaml(Path folder) throws IOException {
		try (Stream<Path> files = Files.list(folder)) {
			return files.filter((file) -> file.toString().endsWith(".yml")).sorted().toList();
		}
	}

	private static Map<String, Object> load(Path file) throws IOException {
		return map(new Yaml().load(Files.readString(file)));
	}

	@SuppressWarnings("unchecked")
	private static Map<String, Object> map(Object value) {
		return (Map<String, Object>) value;
	}

	@SuppressWarnings("unchecked")
	private static List<Map<String, Object>> list(Object value) {
		return (List<Map<String, Object>>) value;
	}

}
