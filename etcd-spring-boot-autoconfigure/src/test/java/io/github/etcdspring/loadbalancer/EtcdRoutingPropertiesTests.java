package io.github.etcdspring.loadbalancer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.validation.BindValidationException;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.validation.FieldError;

import static org.assertj.core.api.Assertions.assertThat;

class EtcdRoutingPropertiesTests {

	private static final String PREFIX = "spring.cloud.etcd.loadbalancer.routing.";

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withUserConfiguration(Properties.class);

	@Test
	void bindsRulesAndTags() {
		this.runner
			.withPropertyValues(PREFIX + "services.orders.subsets.canary.version=2.0.0",
					PREFIX + "services.orders.subsets.stable.app.version=1.0.0",
					PREFIX + "services.orders.rules[0].header=x-canary", PREFIX + "services.orders.rules[0].to=canary",
					PREFIX + "services.orders.rules[1].split.canary=5",
					PREFIX + "services.orders.rules[1].split.stable=95", PREFIX + "tags.branch.header=x-branch")
			.run((context) -> {
				EtcdRoutingProperties properties = context.getBean(EtcdRoutingProperties.class);
				assertThat(properties.services().get("orders").rules()).hasSize(2);
				assertThat(properties.services().get("orders").subsets().get("stable")).containsEntry("app.version",
						"1.0.0");
				assertThat(properties.tags().get("branch").header()).isEqualTo("x-branch");
			});
	}

	@Test
	void thereAreNoRulesByDefault() {
		this.runner.run((context) -> assertThat(context.getBean(EtcdRoutingProperties.class))
			.isEqualTo(new EtcdRoutingProperties(Map.of(), Map.of())));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', value = { "rules[0].to=unknown | rules[0].to | must be a subset of the service",
			"rules[0].header=x-canary | rules[0].to | must be set if there is no split, and only then",
			"rules[0].to=canary;rules[0].split.canary=100 | rules[0].to | must be set if there is no split, and only then",
			"rules[0].split.unknown=100 | rules[0].split.unknown | must be a subset of the service",
			"rules[0].split.canary=99 | rules[0].split.canary | must add up to 100 with the other shares",
			"rules[0].split.canary=-1;rules[0].split.stable=101 | rules[0].split.canary | must not be negative",
			"rules[0].to=canary;rules[0].header= | rules[0].header | must not be empty",
			"rules[0].to=canary;rules[0].value=true | rules[0].value | must have a header",
			"rules[0].to=canary;rules[0].sticky-header=x-user | rules[0].sticky-header | must have a split" })
	void rejectsImpossibleRule(String properties, String field, String reason) {
		assertThatIsRejected("services.orders." + properties.replace(";", ";services.orders."),
				"services.orders." + field, reason);
	}

	@Test
	void rejectsTagWithoutHeader() {
		assertThatIsRejected("tags.branch.required=true", "tags.branch.header", "must be set");
	}

	/** Spring Boot 4.0 cannot bind the empty text, and 4.1 binds it to an empty map. */
	@Test
	void rejectsSubsetWithoutMetadata() {
		this.runner.withPropertyValues(PREFIX + "services.orders.subsets.all=")
			.run((context) -> assertThat(context).getFailure().hasMessageContaining("EtcdRoutingProperties"));
	}

	/** Otherwise, a rule with a misspelled header would apply to all calls. */
	@Test
	void rejectsUnknownProperties() {
		this.runner
			.withPropertyValues(PREFIX + "services.orders.subsets.canary.version=2",
					PREFIX + "services.orders.rules[0].heder=x-canary", PREFIX + "services.orders.rules[0].to=canary")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining(PREFIX + "services.orders.rules[0].heder"));
	}

	@Test
	void documentationShowsValidRules() throws IOException {
		String page = Files.readString(Path.of("../docs/routing.md"));
		List<String> snippets = Pattern.compile("(?s)```yaml\n(.*?)```")
			.matcher(page)
			.results()
			.map((snippet) -> snippet.group(1))
			.filter((snippet) -> snippet.contains("routing:"))
			.toList();
		assertThat(snippets).hasSize(3);
		for (String snippet : snippets) {
			PropertySource<?> source = new YamlPropertySourceLoader()
				.load("routing.md", new ByteArrayResource(snippet.getBytes(StandardCharsets.UTF_8)))
				.get(0);
			this.runner.withInitializer((context) -> context.getEnvironment().getPropertySources().addFirst(source))
				.run((context) -> {
					EtcdRoutingProperties properties = context.getBean(EtcdRoutingProperties.class);
					assertThat(properties.services().size() + properties.tags().size()).isEqualTo(1);
				});
		}
	}

	private void assertThatIsRejected(String properties, String field, String reason) {
		this.runner
			.withPropertyValues(PREFIX + "services.orders.subsets.canary.version=2",
					PREFIX + "services.orders.subsets.stable.version=1")
			.withPropertyValues((PREFIX + properties.trim().replace(";", ";" + PREFIX)).split(";"))
			.run((context) -> {
				assertThat(context).getFailure().rootCause().isInstanceOf(BindValidationException.class);
				Throwable root = NestedExceptionUtils.getMostSpecificCause(context.getStartupFailure());
				assertThat(((BindValidationException) root).getValidationErrors()).anySatisfy((error) -> {
					assertThat(((FieldError) error).getField()).isEqualTo(field);
					assertThat(error.getDefaultMessage()).isEqualTo(reason);
				});
			});
	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(EtcdRoutingProperties.class)
	static class Properties {

	}

}
