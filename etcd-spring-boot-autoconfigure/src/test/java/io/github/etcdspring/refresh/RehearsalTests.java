package io.github.etcdspring.refresh;

import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.cloud.context.config.annotation.RefreshScope;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.util.Assert;

import static org.assertj.core.api.Assertions.assertThat;

class RehearsalTests {

	private static final Map<String, String> INITIAL = Map.of("mode", "eager", "text", "a", "named.name", "n");

	@Test
	void succeedsWhenItCreatesASingletonOfTheApplication() {
		try (LiveApplication application = LiveApplication.start(Creating.class, INITIAL)) {
			assertThat(application.put(Map.of("mode", "lazy", "text", "bad"))).isFalse();
			assertThat(application.property("text")).isEqualTo("a");
			assertThat(application.bean(Second.class).text()).isEqualTo("a");
			assertThat(application.put("text", "b")).isTrue();
			assertThat(application.bean(Second.class).text()).isEqualTo("b");
		}
	}

	@Test
	void beanFollowsALookupBeforeTheCreationOfAnotherBean() {
		try (LiveApplication application = LiveApplication.start(Nested.class, INITIAL)) {
			assertThat(application.bean(Outer.class).text()).isEqualTo("eager n a");
			assertThat(application.put(Map.of("mode", "other", "text", "b"))).isTrue();
			assertThat(application.bean(Outer.class).text()).isEqualTo("other n b");
			assertThat(application.put("named.name", "m")).isTrue();
			assertThat(application.bean(Outer.class).text()).isEqualTo("other m b");
		}
	}

	@Test
	void beanFollowsTheLookupsOfItsNewDefinition() {
		try (LiveApplication application = LiveApplication.start(Replaced.class, INITIAL)) {
			assertThat(application.bean(Text.class).text()).isEqualTo("fixed");
			assertThat(application.put("named.name", "m")).isTrue();
			DefaultListableBeanFactory beans = (DefaultListableBeanFactory) application.context().getBeanFactory();
			RootBeanDefinition definition = new RootBeanDefinition(LookingUp.class);
			definition.setScope("refresh");
			definition.setAutowireMode(RootBeanDefinition.AUTOWIRE_CONSTRUCTOR);
			definition.setAutowireCandidate(false);
			beans.removeBeanDefinition("scopedTarget.text");
			beans.registerBeanDefinition("scopedTarget.text", definition);
			application.bean(EtcdRefreshScope.class).refresh("text");
			assertThat(application.bean(Text.class).text()).isEqualTo("m");
			assertThat(application.put("named.name", "o")).isTrue();
			assertThat(application.bean(Text.class).text()).isEqualTo("o");
		}
	}

	@Test
	void beanThatCanBeCreatedOnlyOnceDoesNotRejectUnrelatedChanges() {
		try (LiveApplication application = LiveApplication.start(Unique.class, INITIAL)) {
			assertThat(application.bean(Text.class).text()).isEqualTo("only one");
			assertThat(application.put("named.name", "m")).isTrue();
			assertThat(application.bean(Named.class).getName()).isEqualTo("m");
			assertThat(application.put("text", "b")).isFalse();
		}
	}

	@Test
	@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
	void failureWithCircularCausesRejectsTheChange() {
		try (LiveApplication application = LiveApplication.start(Failing.class, INITIAL)) {
			assertThat(application.put("failing.name", "bad")).isFalse();
			assertThat(application.status().rejected().key()).isEqualTo("/config/orders/failing/name");
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(FailingProperties.class)
	static class Failing {

	}

	@ConfigurationProperties("failing")
	static class FailingProperties {

		void setName(String name) {
			IllegalStateException failure = new IllegalStateException("one");
			failure.initCause(new IllegalStateException("other", failure));
			throw failure;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Creating {

		@Bean
		@Lazy
		Object lazy() {
			return "lazy";
		}

		@Bean
		@RefreshScope
		First first(@Value("${mode}") String mode, @Qualifier("lazy") ObjectProvider<Object> lazy) {
			return new First((mode.equals("lazy")) ? lazy.getObject() : mode);
		}

		/** Created after its dependency. */
		@Bean
		@RefreshScope
		Second second(First first, @Value("${text}") String text) {
			Assert.isTrue(!text.equals("bad"), "Bad text");
			return new Second(text);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(Named.class)
	static class Nested {

		@Bean
		String first() {
			return "first";
		}

		@Bean
		Integer second() {
			return 2;
		}

		@Bean
		@RefreshScope
		Outer outer(@Value("${mode}") String mode, ObjectProvider<Named> named, ObjectProvider<Second> inner) {
			return new Outer(mode + " " + named.getObject().getName() + " " + inner.getObject().text());
		}

		/** Created last, as it has more dependencies. */
		@Bean
		@RefreshScope
		Second inner(String first, Integer second, @Value("${text}") String text) {
			return new Second(text);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(Named.class)
	static class Replaced {

		@Bean
		@RefreshScope
		Text text() {
			return new Text("fixed");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(Named.class)
	static class Unique {

		private boolean created;

		@Bean
		@RefreshScope
		Text text(ObjectProvider<String> names, @Value("${text}") String text) {
			Assert.state(!this.created, "There is one");
			this.created = true;
			return new Text("only one");
		}

	}

	static class First {

		private final Object mode;

		First(Object mode) {
			this.mode = mode;
		}

		Object mode() {
			return this.mode;
		}

	}

	static class Text {

		private final String text;

		Text(String text) {
			this.text = text;
		}

		String text() {
			return this.text;
		}

	}

	static class Outer extends Text {

		Outer(String text) {
			super(text);
		}

	}

	static class Second extends Text {

		Second(String text) {
			super(text);
		}

	}

	static class LookingUp extends Text {

		LookingUp(ObjectProvider<Named> named) {
			super(named.getObject().getName());
		}

	}

	@ConfigurationProperties("named")
	static class Named {

		private String name = "";

		String getName() {
			return this.name;
		}

		void setName(String name) {
			this.name = name;
		}

	}

}
