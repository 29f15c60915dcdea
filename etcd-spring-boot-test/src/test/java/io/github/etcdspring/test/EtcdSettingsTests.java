package io.github.etcdspring.test;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class EtcdSettingsTests {

	private final EtcdContextCustomizerFactory customizers = new EtcdContextCustomizerFactory();

	@Test
	void classWithoutAnnotationHasNone() {
		assertThat(EtcdSettings.of(null)).isNull();
		assertThat(EtcdSettings.of(Plain.class)).isNull();
		assertThat(this.customizers.createContextCustomizer(Plain.class, List.of())).isNull();
	}

	@Test
	void superclassesAndEnclosingClassesAreSearched() {
		EtcdSettings expected = new EtcdSettings(Map.of("/config/a/b", "c=d", "/config/a/e", ""), "",
				Duration.ofSeconds(3));
		assertThat(EtcdSettings.of(Annotated.class)).isEqualTo(expected);
		assertThat(EtcdSettings.of(Child.class)).isEqualTo(expected);
		assertThat(EtcdSettings.of(Annotated.Inner.class)).isEqualTo(expected);
		assertThat(EtcdSettings.of(Annotated.Application.class)).isNull();
	}

	@Test
	void testsShareAContextOnlyIfTheirAttributesAreEqual() {
		Object customizer = this.customizers.createContextCustomizer(Annotated.class, List.of());
		assertThat(this.customizers.createContextCustomizer(Child.class, List.of())).isEqualTo(customizer)
			.hasSameHashCodeAs(customizer);
		assertThat(this.customizers.createContextCustomizer(Other.class, List.of())).isNotEqualTo(customizer);
	}

	@Test
	void invalidAttributesAreReportedWithTheClass() {
		assertThatIllegalArgumentException().isThrownBy(() -> EtcdSettings.of(WithoutValue.class))
			.withMessageContaining(WithoutValue.class.getName())
			.withMessageContaining("'/config/a'");
		assertThatIllegalArgumentException().isThrownBy(() -> EtcdSettings.of(WithoutTimeout.class))
			.withMessageContaining("'soon'");
	}

	@Test
	void valuesAreNotPrinted() {
		assertThat(EtcdSettings.of(Annotated.class)).asString().contains("/config/a/b").doesNotContain("c=d");
	}

	static class Plain {

	}

	@WithEtcd(keys = { "/config/a/b=c=d", "/config/a/e=" }, timeout = "3s")
	static class Annotated {

		@SuppressWarnings("ClassCanBeStatic")
		class Inner {

		}

		static class Application {

		}

	}

	static class Child extends Annotated {

	}

	@WithEtcd(timeout = "3s")
	static class Other {

	}

	@WithEtcd(keys = "/config/a")
	static class WithoutValue {

	}

	@WithEtcd(timeout = "soon")
	static class WithoutTimeout {

	}

}
