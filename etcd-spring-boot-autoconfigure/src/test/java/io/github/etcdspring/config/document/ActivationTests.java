package io.github.etcdspring.config.document;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedCandidateException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link Activation}.
 */
class ActivationTests {

	@ParameterizedTest
	@CsvSource(delimiter = ';', value = { "prod;true", "test;false", "!test;true", "prod & eu;true", "prod & !eu;false",
			"(test | prod) & eu;true", "test,eu;true", "test, us;false" })
	void dependsOnProfiles(String expression, boolean active) throws RejectedCandidateException {
		assertThat(apply("a: 1\nspring.config.activate.on-profile: \"" + expression + "\""))
			.isEqualTo((active) ? List.of("a") : null);
	}

	@Test
	void dependsOnAnyOfAList() throws RejectedCandidateException {
		assertThat(apply("a: 1\nspring.config.activate.on-profile: [test, eu]")).containsExactly("a");
		assertThat(apply("a: 1\nspring.config.activate.on-profile: [test, us]")).isNull();
	}

	@Test
	void understandsOtherSpellings() throws RejectedCandidateException {
		assertThat(apply("a: 1\nspring: {config: {activate: {onProfile: test}}}")).isNull();
		assertThat(apply("a: 1\nspring.config.activate.ON_PROFILE: prod")).containsExactly("a");
	}

	@Test
	void holdsWithoutCondition() throws RejectedCandidateException {
		assertThat(apply("a: 1")).containsExactly("a");
		assertThat(apply("a: 1\nspring.config.activate.on-profile:")).containsExactly("a");
	}

	@ParameterizedTest
	@ValueSource(strings = { "s3cret | a & b", "'${s3cret}'", "' &'" })
	void rejectsWhatIsNoExpression(String expression) {
		assertThatExceptionOfType(RejectedCandidateException.class)
			.isThrownBy(() -> apply("a: 1\nspring.config.activate.on-profile: " + expression))
			.withMessageStartingWith("etcd key k at revision 1 - 2:36: ")
			.withMessageContaining("profile expression")
			.withMessageNotContaining("s3cret")
			.withNoCause();
	}

	@Test
	void rejectsExpressionsWithoutEnd() {
		assertThatExceptionOfType(RejectedCandidateException.class)
			.isThrownBy(() -> apply("spring.config.activate.on-profile: \"" + "(".repeat(500_000) + "\""));
	}

	@ParameterizedTest
	@ValueSource(strings = { "on-cloud-platform: kubernetes", "on-profiles: prod" })
	void rejectsOtherConditions(String condition) {
		assertThatExceptionOfType(RejectedCandidateException.class)
			.isThrownBy(() -> apply("spring.config.activate." + condition))
			.withMessageContaining("on-profile only");
	}

	private static List<String> apply(String text) throws RejectedCandidateException {
		List<NamedProperty> document = new ArrayList<>();
		YamlDocument.parse(text, new KeyOrigin("k", 1)).parts().forEach(document::addAll);
		List<NamedProperty> active = Activation.apply(document, Set.of("prod", "eu")::contains);
		return (active != null) ? active.stream().map(NamedProperty::name).toList() : null;
	}

}
