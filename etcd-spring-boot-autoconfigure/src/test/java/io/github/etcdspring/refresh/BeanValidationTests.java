package io.github.etcdspring.refresh;

import java.util.List;
import java.util.Map;

import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;
import org.springframework.validation.annotation.Validated;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A change that violates a constraint is rejected with the key at fault.
 */
@ExtendWith(OutputCaptureExtension.class)
class BeanValidationTests {

	private static final Map<String, String> VALID = Map.of("mutable.limit", "5", "mutable.inner.name", "abc",
			"fixed.limit", "5");

	@Test
	void rejectsAnInvalidValueThatTheSetterAccepts(CapturedOutput output) {
		try (LiveApplication application = LiveApplication.start(Validating.class, VALID)) {
			assertThat(application.put("mutable.limit", "777777")).isFalse();
			assertThat(rejectedKey(application)).isEqualTo("/config/orders/mutable/limit");
			assertThat(application.context().getBean(Mutable.class).getLimit()).isEqualTo(5);
			assertThat(output).contains("mutable.limit").doesNotContain("777777");
			assertThat(application.put("mutable.limit", "6")).isTrue();
			assertThat(application.context().getBean(Mutable.class).getLimit()).isEqualTo(6);
		}
	}

	@Test
	void rejectsAnInvalidValueOfANestedBean() {
		try (LiveApplication application = LiveApplication.start(Validating.class, VALID)) {
			assertThat(application.put("mutable.inner.name", "too long a name")).isFalse();
			assertThat(rejectedKey(application)).isEqualTo("/config/orders/mutable/inner/name");
			application.put("mutable.inner.name", "short");
			assertThat(application.put("mutable.list[0].name", "too long a name")).isFalse();
			assertThat(rejectedKey(application)).isEqualTo("/config/orders/mutable/list[0]/name");
		}
	}

	@Test
	void rejectsAnInvalidOrMissingValueOfARecord() {
		try (LiveApplication application = LiveApplication.start(Validating.class, VALID)) {
			assertThat(application.put("fixed.limit", "777777")).isFalse();
			assertThat(application.put("fixed.limit", "7")).isTrue();
			assertThat(application.remove("fixed.limit")).isFalse();
		}
	}

	private static @Nullable String rejectedKey(LiveApplication application) {
		ConfigurationStatus.Rejected rejected = application.status().rejected();
		return (rejected != null) ? rejected.key() : null;
	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties({ Mutable.class, Fixed.class })
	static class Validating {

	}

	@Validated
	@ConfigurationProperties("mutable")
	static class Mutable {

		@Max(value = 100, message = "must not be ${validatedValue}")
		private int limit;

		@Valid
		private final Inner inner = new Inner();

		@Valid
		private List<Inner> list = List.of();

		int getLimit() {
			return this.limit;
		}

		void setLimit(int limit) {
			this.limit = limit;
		}

		Inner getInner() {
			return this.inner;
		}

		List<Inner> getList() {
			return this.list;
		}

		void setList(List<Inner> list) {
			this.list = list;
		}

	}

	static class Inner {

		@Size(max = 5)
		private @Nullable String name;

		@Nullable String getName() {
			return this.name;
		}

		void setName(@Nullable String name) {
			this.name = name;
		}

	}

	/**
	 * A record with a constraint.
	 *
	 * @param limit what is constrained
	 */
	@Validated
	@ConfigurationProperties("fixed")
	record Fixed(@NotNull @Max(100) Integer limit) {

	}

}
