package io.github.etcdspring;

import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.context.annotation.Bean;
import org.springframework.core.ResolvableType;
import org.springframework.util.ClassUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Spring finds a bean by its name at once, but by its type only by a look at all bean
 * definitions, which is slow at startup.
 */
class BeanNamesTests {

	/** Registered when the configuration is imported. */
	private static final Set<String> IMPORTED = Set.of("etcdConfigImport", "etcdLiveConfiguration");

	private static final List<Method> BEAN_METHODS = configurations().flatMap(BeanNamesTests::methods)
		.filter((method) -> method.isAnnotationPresent(Bean.class))
		.toList();

	@Test
	void parameterHasTheNameOfTheBean() {
		assertThat(BEAN_METHODS).hasSizeGreaterThan(70);
		Map<Class<?>, List<Method>> definitions = BEAN_METHODS.stream()
			.collect(Collectors.groupingBy(Method::getReturnType));
		List<String> others = new ArrayList<>();
		for (Method method : BEAN_METHODS) {
			for (Parameter parameter : method.getParameters()) {
				List<Method> definition = definitions.getOrDefault(type(parameter), List.of());
				if (definition.size() == 1 && type(parameter).getName().startsWith("io.github.etcdspring")
						&& !parameter.getName().equals(definition.get(0).getName())) {
					others.add(method.getName() + "(" + parameter + ") is " + definition.get(0).getName());
				}
			}
		}
		assertThat(others).isEmpty();
	}

	@Test
	void conditionsNameDefinedBeans() {
		Set<String> defined = new HashSet<>(IMPORTED);
		BEAN_METHODS.forEach((method) -> defined.add(method.getName()));
		Stream<ConditionalOnBean> conditions = Stream.concat(configurations(), BEAN_METHODS.stream())
			.map((element) -> element.getAnnotation(ConditionalOnBean.class))
			.filter((condition) -> condition != null);
		assertThat(conditions.flatMap((condition) -> Arrays.stream(condition.name()))).hasSizeGreaterThan(20)
			.isSubsetOf(defined);
	}

	private static Stream<Method> methods(Class<?> configuration) {
		try {
			return Arrays.stream(configuration.getDeclaredMethods());
		}
		catch (NoClassDefFoundError ex) {
			// Its library exists for the other Spring Boot line only
			return Stream.empty();
		}
	}

	private static Class<?> type(Parameter parameter) {
		try {
			return (parameter.getType() == ObjectProvider.class)
					? ResolvableType.forType(parameter.getParameterizedType()).getGeneric().resolve(Object.class)
					: parameter.getType();
		}
		catch (TypeNotPresentException ex) {
			// Of a library that is not on the class path of this test
			return Object.class;
		}
	}

	private static Stream<Class<?>> configurations() {
		ClassLoader classLoader = BeanNamesTests.class.getClassLoader();
		return ImportCandidates.load(AutoConfiguration.class, classLoader)
			.getCandidates()
			.stream()
			.filter((name) -> name.startsWith("io.github.etcdspring"))
			.flatMap((name) -> withNested(ClassUtils.resolveClassName(name, classLoader)));
	}

	private static Stream<Class<?>> withNested(Class<?> type) {
		return Stream.concat(Stream.of(type),
				Arrays.stream(type.getDeclaredClasses()).flatMap(BeanNamesTests::withNested));
	}

}
