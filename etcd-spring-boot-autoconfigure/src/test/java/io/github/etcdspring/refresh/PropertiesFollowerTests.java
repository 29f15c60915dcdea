package io.github.etcdspring.refresh;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.ConfigurationPropertiesBinding;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.Name;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.context.properties.ConfigurationPropertiesRebinder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.convert.converter.Converter;
import org.springframework.core.env.Environment;
import org.springframework.validation.Errors;
import org.springframework.validation.Validator;

import static org.assertj.core.api.Assertions.assertThat;

@ExtendWith(OutputCaptureExtension.class)
class PropertiesFollowerTests {

	private static final Map<String, String> INITIAL = Map.of("shapes.list[0]", "a", "shapes.list[1]", "b",
			"shapes.map.x", "1", "shapes.inner.name", "inner", "strict.name", "n", "injected.name", "i");

	@Test
	void propertiesWithoutSettersAreUpdatedInPlace() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			Shapes shapes = application.bean(Shapes.class);
			List<String> list = shapes.getList();
			Map<String, Integer> map = shapes.getMap();
			Inner inner = shapes.getInner();
			application.put(Map.of("shapes.list[1]", "B", "shapes.list[2]", "c", "shapes.map.y", "2", "shapes.set",
					"s,t", "shapes.inner.name", "changed"));
			assertThat(list).isSameAs(shapes.getList()).containsExactly("a", "B", "c");
			assertThat(map).isSameAs(shapes.getMap()).containsExactly(Map.entry("x", 1), Map.entry("y", 2));
			assertThat(shapes.getSet()).containsExactly("s", "t");
			assertThat(inner).isSameAs(shapes.getInner());
			assertThat(inner.getName()).isEqualTo("changed");
			assertThat(inner.getOther()).isEqualTo("untouched");
			application.remove("shapes.list[1]", "shapes.list[2]", "shapes.map.x", "shapes.set");
			assertThat(list).containsExactly("a");
			assertThat(map).containsExactly(Map.entry("y", 2));
			assertThat(shapes.getSet()).isEmpty();
		}
	}

	@Test
	void namesAreRelaxed() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			Shapes shapes = application.bean(Shapes.class);
			application.put(Map.of("shapes.someLongName", "one", "shapes.renamed-by-name", "two"));
			assertThat(shapes.getSomeLongName()).isEqualTo("one");
			assertThat(shapes.getOdd()).isEqualTo("two");
			application.put("shapes.some_long_name", "three");
			application.remove("shapes.someLongName");
			assertThat(shapes.getSomeLongName()).isEqualTo("three");
		}
	}

	@Test
	void prefixOfAnotherBeanIsNotTouched() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			application.put("shapesandmore.list[0]", "z");
			assertThat(application.bean(Shapes.class).getList()).containsExactly("a", "b");
		}
	}

	@Test
	void unknownPropertyOfAStrictBeanIsRejected() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			assertThat(application.put("strict.unknown", "x")).isFalse();
			assertThat(application.status().rejected().key()).isEqualTo("/config/orders/strict/unknown");
			assertThat(application.status().rejected().reason()).contains("strict.unknown");
		}
	}

	@Test
	void convertersOfTheApplicationAreUsed() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			assertThat(application.put("shapes.code", "7")).isTrue();
			assertThat(application.bean(Shapes.class).getCode()).isEqualTo(new Code("#7"));
		}
	}

	@Test
	void validatorOfTheApplicationIsUsed() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			assertThat(application.put("shapes.inner.name", "INVALID")).isFalse();
			assertThat(application.bean(Shapes.class).getInner().getName()).isEqualTo("inner");
			assertThat(application.status().rejected().key()).isEqualTo("/config/orders/shapes/inner/name");
			assertThat(application.status().rejected().reason()).contains("shapes.inner.name violates Lowercase");
		}
	}

	@Test
	void beanWithDependenciesFollows() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			application.put("injected.name", "i2");
			assertThat(application.bean(Injected.class).getName()).isEqualTo("i2");
		}
	}

	@Test
	void beanBehindAProxyFollows() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			application.put("proxied.name", "p");
			assertThat(application.bean(Proxied.class).getName()).isEqualTo("p");
		}
	}

	@Test
	void beanThatCannotBeCreatedTwiceIsSkippedAndLogged(CapturedOutput output) {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			assertThat(application.put("unique.name", "u")).isTrue();
			assertThat(application.put("unique.name", "v")).isTrue();
			assertThat(application.bean(Unique.class).getName()).isEqualTo("built");
			assertThat(output).containsOnlyOnce("Bean 'unique' does not follow configuration changes");
		}
	}

	@Test
	void factoryMethodThatFailsForTheCandidateRejectsTheChange(CapturedOutput output) {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			assertThat(application.put(Map.of("dialed.area", "s3cret", "dialed.name", "d"))).isFalse();
			assertThat(application.bean(Dialed.class).getName()).isEmpty();
			assertThat(application.status().rejected().key()).isEqualTo("/config/orders/dialed/area");
			assertThat(application.status().rejected().reason()).contains("the bean 'dialed' cannot be created");
			assertThat(output).contains("rejected").doesNotContain("s3cret").doesNotContain("does not follow");
			assertThat(application.put("dialed.area", "49")).isTrue();
			assertThat(application.bean(Dialed.class).getName()).isEqualTo("d");
		}
	}

	@Test
	void beanOfAFactoryMethodFollowsAlsoAfterItHadNoProperties() {
		try (LiveApplication application = LiveApplication.start(Application.class, Map.of("dialed.name", "d"))) {
			assertThat(application.remove("dialed.name")).isTrue();
			assertThat(application.bean(Dialed.class).getName()).isEmpty();
			assertThat(application.put("dialed.name", "e")).isTrue();
			assertThat(application.bean(Dialed.class).getName()).isEqualTo("e");
		}
	}

	@Test
	void initializationThatFailsForTheCandidateRejectsTheChange() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			assertThat(application.put("injected.name", "REFUSED")).isFalse();
			assertThat(application.bean(Injected.class).getName()).isEqualTo("i");
			assertThat(application.status().rejected().key()).isEqualTo("/config/orders/injected/name");
			assertThat(application.put("injected.name", "j")).isTrue();
			assertThat(application.bean(Injected.class).getName()).isEqualTo("j");
		}
	}

	@Test
	void beanWhoseDefinitionHasBeenReplacedFollows() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			assertThat(application.put("proxied.name", "p")).isTrue();
			DefaultListableBeanFactory beans = (DefaultListableBeanFactory) application.context().getBeanFactory();
			String name = beans.getBeanNamesForType(Proxied.class)[0];
			beans.removeBeanDefinition(name);
			beans.registerBeanDefinition(name, new RootBeanDefinition(Replacement.class));
			Replacement replacement = application.bean(Replacement.class);
			assertThat(replacement.name).isEqualTo("p");
			assertThat(application.put("proxied.name", "q")).isTrue();
			assertThat(replacement.name).isEqualTo("q");
		}
	}

	@Test
	void failingSetterDoesNotPreventOtherUpdates(CapturedOutput output) {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			application.bean(Shapes.class).sealed = true;
			assertThat(application.put(Map.of("shapes.guarded", "s3cret", "shapes.inner.name", "changed"))).isTrue();
			assertThat(application.bean(Shapes.class).getInner().getName()).isEqualTo("changed");
			assertThat(output).contains("shapes.guarded").doesNotContain("s3cret");
		}
	}

	@Test
	void manualRebindResetsNothing() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			Shapes shapes = application.bean(Shapes.class);
			shapes.setSomeLongName("by hand");
			shapes.getInner().setName("by hand");
			ConfigurationPropertiesRebinder rebinder = application.bean(ConfigurationPropertiesRebinder.class);
			assertThat(rebinder).isInstanceOf(EtcdPropertiesRebinder.class);
			assertThat(rebinder.rebind(Shapes.class)).isTrue();
			assertThat(shapes.getSomeLongName()).isEqualTo("by hand");
			assertThat(shapes.getInner().getName()).isEqualTo("inner");
			rebinder.rebind();
			assertThat(shapes.getSomeLongName()).isEqualTo("by hand");
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties({ Shapes.class, Strict.class, Injected.class, Proxied.class })
	static class Application {

		private final AtomicBoolean built = new AtomicBoolean();

		@Bean
		@ConfigurationProperties("unique")
		Unique unique() {
			if (!this.built.compareAndSet(false, true)) {
				throw new UnsupportedOperationException();
			}
			return new Unique(new StringBuilder("built"));
		}

		@Bean
		@ConfigurationProperties("dialed")
		Dialed dialed(Environment environment) {
			if (!environment.getProperty("dialed.area", "0").matches("[0-9]+")) {
				throw new UnsupportedOperationException();
			}
			return new Dialed(new StringBuilder());
		}

		@Bean
		@ConfigurationPropertiesBinding
		static CodeConverter codeConverter() {
			return new CodeConverter();
		}

		@Bean
		static Validator configurationPropertiesValidator() {
			return new Lowercase();
		}

		@Bean
		static BeanPostProcessor proxies() {
			return new BeanPostProcessor() {

				@Override
				public Object postProcessAfterInitialization(Object bean, String name) {
					if (!(bean instanceof Proxied)) {
						return bean;
					}
					ProxyFactory factory = new ProxyFactory(bean);
					factory.setProxyTargetClass(true);
					return factory.getProxy();
				}

			};
		}

	}

	static final class Lowercase implements Validator {

		@Override
		public boolean supports(Class<?> type) {
			return type == Shapes.class;
		}

		@Override
		public void validate(Object target, Errors errors) {
			if (((Shapes) target).getInner().getName().equals("INVALID")) {
				errors.rejectValue("inner.name", "Lowercase");
			}
		}

	}

	record Code(String text) {

	}

	static final class CodeConverter implements Converter<String, Code> {

		@Override
		public Code convert(String source) {
			return new Code("#" + source);
		}

	}

	@ConfigurationProperties("shapes")
	static class Shapes {

		private final List<String> list = new ArrayList<>();

		private final Set<String> set = new LinkedHashSet<>();

		private final Map<String, Integer> map = new LinkedHashMap<>();

		private final Inner inner = new Inner();

		private String someLongName = "";

		@Name("renamed-by-name")
		private String odd = "";

		private Code code;

		private String guarded = "";

		private boolean sealed;

		List<String> getList() {
			return this.list;
		}

		Set<String> getSet() {
			return this.set;
		}

		Map<String, Integer> getMap() {
			return this.map;
		}

		Inner getInner() {
			return this.inner;
		}

		String getSomeLongName() {
			return this.someLongName;
		}

		void setSomeLongName(String someLongName) {
			this.someLongName = someLongName;
		}

		String getOdd() {
			return this.odd;
		}

		void setOdd(String odd) {
			this.odd = odd;
		}

		Code getCode() {
			return this.code;
		}

		void setCode(Code code) {
			this.code = code;
		}

		String getGuarded() {
			return this.guarded;
		}

		void setGuarded(String guarded) {
			if (this.sealed) {
				throw new IllegalStateException("sealed against " + guarded);
			}
			this.guarded = guarded;
		}

	}

	static class Inner {

		private String name = "";

		private String other = "untouched";

		String getName() {
			return this.name;
		}

		void setName(String name) {
			this.name = name;
		}

		String getOther() {
			return this.other;
		}

		void setOther(String other) {
			this.other = other;
		}

	}

	@ConfigurationProperties(prefix = "strict", ignoreUnknownFields = false)
	static class Strict {

		private String name = "";

		String getName() {
			return this.name;
		}

		void setName(String name) {
			this.name = name;
		}

	}

	@ConfigurationProperties("injected")
	static class Injected implements InitializingBean {

		private final CodeConverter converter;

		private String name = "";

		@Autowired
		Injected(CodeConverter converter) {
			this.converter = converter;
		}

		@Override
		public void afterPropertiesSet() {
			if (this.name.equals("REFUSED")) {
				throw new IllegalStateException(this.name);
			}
		}

		String getName() {
			return this.converter.convert(this.name).text().substring(1);
		}

		void setName(String name) {
			this.name = name;
		}

	}

	static final class Dialed {

		private String name;

		Dialed(StringBuilder name) {
			this.name = name.toString();
		}

		String getName() {
			return this.name;
		}

		void setName(String name) {
			this.name = name;
		}

	}

	@ConfigurationProperties("proxied")
	static class Replacement {

		private String name = "";

		void setName(String name) {
			this.name = name;
		}

	}

	@ConfigurationProperties("proxied")
	static class Proxied {

		private String name = "";

		String getName() {
			return this.name;
		}

		void setName(String name) {
			this.name = name;
		}

	}

	static final class Unique {

		private String name;

		Unique(StringBuilder name) {
			this.name = name.toString();
		}

		String getName() {
			return this.name;
		}

		void setName(String name) {
			this.name = name;
		}

	}

}
