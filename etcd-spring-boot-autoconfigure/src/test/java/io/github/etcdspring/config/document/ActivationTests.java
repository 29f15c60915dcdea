package io.github.etcdspring.config.document;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.cloud.CloudPlatform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link Activation}.
 */
class ActivationTests {

	@ParameterizedTest
	@CsvSource(delimiter = ';', value = { "prod;true", "test;false", "!test;true", "prod & eu;true", "prod & !eu;false",
			"(test | prod) & eu;true", "test,eu;true", "test, us;false" })
	void matchesProfileExpressions(String expression, boolean active) throws RejectedConfigurationException {
		assertThat(apply("a: 1\nspring.config.activate.on-profile: \"" + expression + "\""))
			.isEqualTo((active) ? List.of("a") : null);
	}

	@Test
	void matchesAnyExpressionOfAList() throws RejectedConfigurationException {
		assertThat(apply("a: 1\nspring.config.activate.on-profile: [test, eu]")).containsExactly("a");
		assertThat(apply("a: 1\nspring.config.activate.on-profile: [test, us]")).isNull();
	}

	@Test
	void acceptsRelaxedNames() throws RejectedConfigurationException {
		assertThat(apply("a: 1\nspring: {config: {activate: {onProfile: test}}}")).isNull();
		assertThat(apply("a: 1\nspring.config.activate.ON_PROFILE: prod")).containsExactly("a");
	}

	@Test
	void isActiveWithoutConditions() throws RejectedConfigurationException {
		assertThat(apply("a: 1")).containsExactly("a");
		assertThat(apply("a: 1\nspring.config.activate.on-profile:")).containsExactly("a");
	}

	@ParameterizedTest
	@ValueSource(strings = { "s3cret | a & b", "'${s3cret}'", "' &'" })
	void rejectsInvalidProfileExpressions(String expression) {
		assertThatExceptionOfType(RejectedConfigurationException.class)
			.isThrownBy(() -> apply("a: 1\nspring.config.activate.on-profile: " + expression))
			.withMessageStartingWith("etcd key k at revision 1 - 2:36: ")
			.withMessageContaining("profile expression")
			.withMessageNotContaining("s3cret")
			.withNoCause();
	}

	@Test
	void rejectsOverlongExpressions() {
		assertThatExceptionOfType(RejectedConfigurationException.class)
			.isThrownBy(() -> apply("spring.config.activate.on-profile: \"" + "(".repeat(500_000) + "\""));
	}

	@ParameterizedTest
	@CsvSource({ "kubernetes,true", "KUBERNETES,true", "cloud-foundry,false" })
	void matchesThePlatform(String platform, boolean active) throws RejectedConfigurationException {
		assertThat(apply("a: 1\nspring.config.activate.on-cloud-platform: " + platform))
			.isEqualTo((active) ? List.of("a") : null);
	}

	@Test
	void requiresProfileAndPlatform() throws RejectedConfigurationException {
		String platform = "a: 1\nspring.config.activate.on-cloud-platform: kubernetes\n";
		assertThat(apply(platform + "spring.config.activate.on-profile: prod")).containsExactly("a");
		assertThat(apply(platform + "spring.config.activate.on-profile: test")).isNull();
	}

	@Test
	void rejectsUnknownPlatforms() {
		assertThatExceptionOfType(RejectedConfigurationException.class)
			.isThrownBy(() -> apply("spring.config.activate.on-cloud-platform: s3cret"))
			.withMessageContaining("kubernetes")
			.withMessageNotContaining("s3cret");
	}

	@ParameterizedTest
	@ValueSource(strings = { "on-platform: kubernetes", "on-profiles: prod" })
	void rejectsOtherConditions(String condition) {
		assertThatExceptionOfType(RejectedConfigurationException.class)
			.isThrownBy(() -> apply("spring.config.activate." + condition))
			.withMessageContaining("on-profile and .on-cloud-platform are supported");
	}

	private static List<String> apply(String text) throws RejectedConfigurationException {
		List<NamedProperty> document = new ArrayList<>();
		YamlDocument.parse(text, new KeyOrigin("k", 1)).parts().forEach(document::addAll);
		List<NamedProperty> active = new Activation(Set.of("prod", "eu")::contains, CloudPlatform.KUBERNETES)
			.apply(document);
		return (active != null) ? active.stream().map(NamedProperty::name).toList() : null;
	}

}
