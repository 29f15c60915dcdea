package io.github.etcdspring.refresh;

import java.time.Duration;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.context.config.annotation.RefreshScope;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.core.env.MapPropertySource;
import org.springframework.format.annotation.DateTimeFormat;

import static org.assertj.core.api.Assertions.assertThat;

@ExtendWith(OutputCaptureExtension.class)
class ValueFollowerTests {

	private static final Map<String, String> INITIAL = Map.of("greeting", "hello", "wait", "1s", "count", "2");

	@Test
	void fieldsAndSettersOfSingletonsFollow() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			Singleton bean = application.bean(Singleton.class);
			application.put(Map.of("greeting", "bye", "wait", "3s", "count", "7", "names", "a,b"));
			assertThat(bean.greeting).isEqualTo("bye world");
			assertThat(bean.wait).isEqualTo(Duration.ofSeconds(3));
			assertThat(bean.doubled).isEqualTo(14);
			assertThat(bean.names).containsExactly("a", "b");
			assertThat(bean.bySetter).isEqualTo("bye");
			assertThat(bean.byParameter).isEqualTo(7);
			assertThat(bean.fixed).isEqualTo("hello");
			assertThat(bean.setterCalls).isEqualTo(2);
			application.put("count", "8");
			assertThat(bean.setterCalls).isEqualTo(2);
			application.remove("names");
			assertThat(bean.names).isEmpty();
		}
	}

	@Test
	void annotationsOfAFieldOrParameterFormatItsValue() {
		try (LiveApplication application = LiveApplication.start(Formatted.class, Map.of("day", "01.02.2026"))) {
			Formatted bean = application.bean(Formatted.class);
			application.put("day", "24.12.2026");
			assertThat(bean.field).isEqualTo(LocalDate.of(2026, 12, 24));
			assertThat(bean.parameter).isEqualTo(LocalDate.of(2026, 12, 24));
		}
	}

	@Test
	void optionalAndProvidedValuesFollow() {
		try (LiveApplication application = LiveApplication.start(Indirect.class, INITIAL)) {
			Indirect bean = application.bean(Indirect.class);
			assertThat(application.put(Map.of("greeting", "bye", "count", "7"))).isTrue();
			assertThat(bean.optional).contains(7);
			assertThat(bean.parameter).contains(7);
			assertThat(bean.provider.getObject()).isEqualTo("bye");
			assertThat(application.put("count", "many")).isFalse();
			assertThat(bean.optional).contains(7);
		}
	}

	@Test
	void constructorParameterKeepsItsValue() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			application.put("greeting", "bye");
			assertThat(application.bean(ByConstructor.class).greeting()).isEqualTo("hello");
		}
	}

	@Test
	void prototypeKeepsTheValueOfItsCreation() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			Prototype before = application.bean(Prototype.class);
			application.put("greeting", "bye");
			assertThat(before.greeting).isEqualTo("hello");
			assertThat(application.bean(Prototype.class).greeting).isEqualTo("bye");
		}
	}

	@Test
	void valueThatCannotBeConvertedIsRejected() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			assertThat(application.put(Map.of("wait", "soon", "greeting", "bye"))).isFalse();
			assertThat(application.bean(Singleton.class).greeting).isEqualTo("hello world");
			assertThat(application.property("greeting")).isEqualTo("hello");
			assertThat(application.status().rejected().key()).isEqualTo("/config/orders/wait");
			assertThat(application.status().rejected().reason()).contains("Singleton.wait").doesNotContain("soon");
		}
	}

	@Test
	void removalOfAValueWithoutDefaultIsRejected() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			assertThat(application.remove("greeting")).isFalse();
			assertThat(application.property("greeting")).isEqualTo("hello");
			assertThat(application.status().rejected().reason()).contains("greeting", "Singleton");
		}
	}

	@Test
	void valueThatLooksLikeAPlaceholderIsNotLogged(CapturedOutput output) {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			assertThat(application.put("greeting", "pass${s3cret}word")).isFalse();
			assertThat(application.status().rejected().reason()).contains("$Singleton.").doesNotContain("s3cret");
			assertThat(output).contains("rejected").doesNotContain("s3cret");
		}
	}

	@Test
	void changesFromOtherSourcesAreFollowed() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			Map<String, Object> theirs = new HashMap<>(Map.of("greeting", "theirs"));
			application.context()
				.getEnvironment()
				.getPropertySources()
				.addFirst(new MapPropertySource("theirs", theirs));
			application.context().publishEvent(new EnvironmentChangeEvent(application.context(), theirs.keySet()));
			assertThat(application.bean(Singleton.class).greeting).isEqualTo("theirs world");
		}
	}

	@Test
	void valuesThatCannotFollowAreLoggedOnce(CapturedOutput output) {
		try (LiveApplication application = LiveApplication.start(Unable.class, INITIAL,
				"--logging.level.io.github.etcdspring.refresh=debug")) {
			application.put("greeting", "bye");
			assertThat(application.bean(Early.class).greeting).isEqualTo("hello");
			assertThat(output)
				.containsOnlyOnce("@Value of " + Unable.class.getName() + ".factoryMethod does not follow")
				.containsOnlyOnce("@Value of the constructor of " + Constructed.class.getName() + " does not follow")
				.containsOnlyOnce("@Value of " + Early.class.getName() + ".greeting does not follow")
				.containsOnlyOnce("@Value of " + Early.class.getName() + ".setCount does not follow")
				.containsOnlyOnce("@Value of " + Early.class.getName() + ".length does not follow")
				.doesNotContain("Unable.scoped does not follow")
				.doesNotContain("Unable.fixed does not follow")
				.doesNotContain("Singleton.greeting does not follow");
		}
	}

	@Configuration(proxyBeanMethods = false)
	@Import(Constructed.class)
	static class Unable {

		@Bean
		static BeanPostProcessor processor(Early early) {
			return new BeanPostProcessor() {
			};
		}

		@Bean
		static Early early() {
			return new Early();
		}

		@Bean
		@Lazy
		StringBuilder factoryMethod(@Value("${greeting}") String greeting) {
			return new StringBuilder(greeting);
		}

		@Bean
		StringBuilder fixed(@Value("hello") String greeting) {
			return new StringBuilder(greeting);
		}

		@Bean
		@RefreshScope
		Singleton scoped(@Value("${greeting}") String greeting) {
			return new Singleton();
		}

		@Bean
		Singleton singleton() {
			return new Singleton();
		}

	}

	static class Constructed {

		Constructed(@Value("${greeting}") String greeting) {
			assertThat(greeting).isNotNull();
		}

	}

	static class Early {

		@Value("${greeting}")
		private String greeting;

		@Value("#{@fixed.length()}")
		int length;

		@Autowired
		void setCount(@Value("${count}") int count) {
			assertThat(count).isPositive();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Formatted {

		@Value("${day}")
		@DateTimeFormat(pattern = "dd.MM.yyyy")
		LocalDate field;

		LocalDate parameter;

		@Autowired
		void setParameter(@Value("${day}") @DateTimeFormat(pattern = "dd.MM.yyyy") LocalDate parameter) {
			this.parameter = parameter;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Indirect {

		@Value("${count}")
		private Optional<Integer> optional;

		@Value("${greeting}")
		private ObjectProvider<String> provider;

		private Optional<Integer> parameter;

		@Autowired
		void setParameter(@Value("${count}") Optional<Integer> parameter) {
			this.parameter = parameter;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Application {

		@Bean
		Singleton singleton() {
			return new Singleton();
		}

		@Bean
		ByConstructor byConstructor(@Value("${greeting}") String greeting) {
			return new ByConstructor(greeting);
		}

		@Bean
		@Scope(BeanDefinition.SCOPE_PROTOTYPE)
		Prototype prototype() {
			return new Prototype();
		}

	}

	record ByConstructor(String greeting) {

	}

	static class Prototype {

		@Value("${greeting}")
		private String greeting;

	}

	static class Singleton {

		@Value("${greeting} world")
		private String greeting;

		@Value("${wait}")
		private Duration wait;

		@Value("#{${count} * 2}")
		private int doubled;

		@Value("${names:}")
		private List<String> names;

		@Value("hello")
		private String fixed;

		private String bySetter;

		private int byParameter;

		private int setterCalls;

		@Value("${greeting}")
		void setGreeting(String greeting) {
			this.bySetter = greeting;
			this.setterCalls++;
		}

		@Autowired
		void configure(@Value("${count}") int count) {
			this.byParameter = count;
		}

	}

}
