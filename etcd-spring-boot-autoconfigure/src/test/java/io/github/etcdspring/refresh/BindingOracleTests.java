package io.github.etcdspring.refresh;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

import org.junit.jupiter.api.Test;

import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportSelector;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.util.ClassUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Compares beans after random changes with those of an application that starts with the
 * same properties. The message of a failure contains the seed; {@code -Dseed=<seed>}
 * repeats the run.
 */
class BindingOracleTests {

	private static final int BEANS = 200;

	private static final int COMPARISONS = 3;

	private static final int CHANGES = 12;

	private final long seed = Long.getLong("seed", System.nanoTime());

	private final Random random = new Random(this.seed);

	private final Map<String, String> properties = new TreeMap<>();

	private final Map<GeneratedBeans.Group, Map<String, String>> present = new HashMap<>();

	@Test
	void liveBeanEqualsTheBeanOfAFreshlyStartedApplication() throws ClassNotFoundException {
		GeneratedBeans beans = new GeneratedBeans(BEANS, this.random);
		Thread thread = Thread.currentThread();
		ClassLoader former = thread.getContextClassLoader();
		thread.setContextClassLoader(beans);
		try {
			beans.groups().stream().filter((group) -> this.random.nextBoolean()).forEach(this::write);
			try (LiveApplication live = start(beans)) {
				for (int i = 0; i < COMPARISONS; i++) {
					for (int j = 0; j < CHANGES; j++) {
						change(live, beans.groups());
					}
					compare(live, beans);
				}
			}
		}
		finally {
			thread.setContextClassLoader(former);
		}
	}

	private LiveApplication start(GeneratedBeans beans) {
		GeneratedApplication.generated = beans.application();
		return LiveApplication.start(GeneratedApplication.class, Map.copyOf(this.properties));
	}

	private Map<String, String> write(GeneratedBeans.Group group) {
		Map<String, String> values = group.values(this.random);
		this.present.put(group, values);
		this.properties.putAll(values);
		return values;
	}

	private void change(LiveApplication live, List<GeneratedBeans.Group> groups) {
		Map<String, String> written = new LinkedHashMap<>();
		List<String> removed = new ArrayList<>();
		for (GeneratedBeans.Group group : groups) {
			if (this.random.nextInt(4) == 0) {
				Map<String, String> former = this.present.remove(group);
				if (former != null) {
					this.properties.keySet().removeAll(former.keySet());
					removed.addAll(former.keySet());
				}
				if (former == null || this.random.nextBoolean()) {
					written.putAll(write(group));
				}
			}
		}
		removed.removeAll(written.keySet());
		assertThat(live.change(written, removed)).as("change with seed %d: %s", this.seed, live.status()).isTrue();
	}

	private void compare(LiveApplication live, GeneratedBeans beans) {
		try (LiveApplication fresh = start(beans)) {
			for (String name : live.context().getBeanDefinitionNames()) {
				Object actual = target(live, name);
				if (ClassUtils.getUserClass(actual).getName().startsWith("generated.Bean")) {
					assertThat(actual).as("bean %s with seed %d", name, this.seed)
						.usingRecursiveComparison()
						.ignoringFieldsMatchingRegexes(".*random.*")
						.isEqualTo(target(fresh, name));
				}
			}
		}
	}

	private static Object target(LiveApplication application, String name) {
		Object bean = application.context().getBean(name);
		Object target = AopProxyUtils.getSingletonTarget(bean);
		return (target != null) ? target : bean;
	}

	@Configuration(proxyBeanMethods = false)
	@Import(Generated.class)
	static class GeneratedApplication {

		private static Class<?> generated = Object.class;

		@Bean
		static BeanPostProcessor proxies() {
			return new BeanPostProcessor() {

				@Override
				public Object postProcessAfterInitialization(Object bean, String name) {
					if (!bean.getClass().getName().matches("generated.Bean\\d*7")) {
						return bean;
					}
					ProxyFactory factory = new ProxyFactory(bean);
					factory.setProxyTargetClass(true);
					return factory.getProxy();
				}

			};
		}

	}

	/**
	 * Imports the generated application.
	 */
	static class Generated implements ImportSelector {

		@Override
		public String[] selectImports(AnnotationMetadata metadata) {
			return new String[] { GeneratedApplication.generated.getName() };
		}

	}

}
