package io.github.etcdspring.refresh;

import java.lang.annotation.Annotation;
import java.lang.ref.WeakReference;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.TypeConverter;
import org.springframework.beans.factory.ObjectFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.core.MethodParameter;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.core.convert.TypeDescriptor;
import org.springframework.util.ReflectionUtils;

/**
 * Field or method of a bean that received values by {@code @Value} and can be updated.
 * References the bean weakly.
 */
final class ValueMember {

	private static final Log logger = LogFactory.getLog(ValueMember.class);

	private final String bean;

	private final WeakReference<Object> owner;

	private final Target target;

	private volatile Values values;

	ValueMember(String bean, Object owner, Target target, Values values) {
		this.bean = bean;
		this.owner = new WeakReference<>(owner);
		this.target = target;
		this.values = values;
	}

	String bean() {
		return this.bean;
	}

	List<String> expressions() {
		return this.target.expressions();
	}

	Values values() {
		return this.values;
	}

	boolean isGone() {
		return this.owner.get() == null;
	}

	boolean isOf(Object bean) {
		return this.owner.get() == bean;
	}

	/**
	 * Convert the value of an expression to the type of the field or parameter.
	 * @param index the index of the expression
	 * @param value the value
	 * @param converter the converter
	 * @return the converted value
	 */
	@Nullable Object convert(int index, @Nullable Object value, TypeConverter converter) {
		if (this.target.member() instanceof Field field) {
			return convert(value, ResolvableType.forField(field), field.getAnnotations(), converter);
		}
		MethodParameter parameter = new MethodParameter((Method) this.target.member(), index);
		return convert(value, ResolvableType.forMethodParameter(parameter), parameter.getParameterAnnotations(),
				converter);
	}

	private static @Nullable Object convert(@Nullable Object value, ResolvableType type, Annotation[] annotations,
			TypeConverter converter) {
		if (type.resolve() == Optional.class) {
			return Optional.ofNullable(convert(value, type.getGeneric(), annotations, converter));
		}
		return converter.convertIfNecessary(value, type.resolve(Object.class), descriptor(type, annotations));
	}

	/**
	 * Omits {@code @Value}, which no converter depends on. Spring caches converters by
	 * type and annotations but hashes only the type, so each of many expressions would be
	 * compared with all others.
	 */
	private static TypeDescriptor descriptor(ResolvableType type, Annotation[] annotations) {
		return new TypeDescriptor(type, null,
				Arrays.stream(annotations)
					.filter((annotation) -> annotation.annotationType() != Value.class)
					.toArray(Annotation[]::new));
	}

	/**
	 * Set the field or call the method.
	 * @param converted the converted values
	 * @param values the results of the expressions
	 */
	void set(@Nullable Object[] converted, Values values) {
		Object owner = this.owner.get();
		if (owner == null) {
			return;
		}
		this.values = values;
		if (this.target.member() instanceof Field field) {
			ReflectionUtils.makeAccessible(field);
			ReflectionUtils.setField(field, owner, converted[0]);
		}
		else if (this.target.member() instanceof Method method) {
			ReflectionUtils.makeAccessible(method);
			ReflectionUtils.invokeMethod(method, owner, converted);
		}
	}

	/**
	 * Find the members of a class that can be updated.
	 * @param type the class
	 * @return the members; those that cannot be updated are logged
	 */
	static List<Target> find(Class<?> type) {
		if (!AnnotationUtils.isCandidateClass(type, Value.class)) {
			return List.of();
		}
		List<Target> found = new ArrayList<>();
		ReflectionUtils.doWithFields(type, (field) -> {
			List<String> expressions = expressions(field);
			if (!isProvider(field.getType()) && follows(expressions, field, Modifier.isFinal(field.getModifiers()))) {
				found.add(new Target(field, expressions));
			}
		});
		for (Method method : ReflectionUtils.getUniqueDeclaredMethods(type)) {
			if (!method.isBridge() && method.getParameterCount() > 0) {
				List<String> expressions = expressions(method);
				boolean provided = Arrays.stream(method.getParameterTypes()).anyMatch(ValueMember::isProvider);
				if (follows(expressions, method, provided || expressions.size() < method.getParameterCount())) {
					found.add(new Target(method, expressions));
				}
			}
		}
		return List.copyOf(found);
	}

	/** A provider evaluates the expression at each call. */
	private static boolean isProvider(Class<?> type) {
		return ObjectFactory.class.isAssignableFrom(type) || type.getName().equals("jakarta.inject.Provider");
	}

	/** Returns whether the member can be updated, and logs if it cannot. */
	private static boolean follows(List<String> expressions, Member member, boolean impossible) {
		if (!mayChange(expressions)) {
			if (expressions.stream().anyMatch((expression) -> expression.contains("#{"))) {
				logNotFollowing(member);
			}
			return false;
		}
		if (impossible || Modifier.isStatic(member.getModifiers())) {
			logNotFollowing(member);
			return false;
		}
		return true;
	}

	static boolean mayChange(List<String> expressions) {
		return expressions.stream().anyMatch((expression) -> expression.contains("${") || isOfEnvironment(expression));
	}

	static void logNotFollowing(Member member) {
		String type = member.getDeclaringClass().getName();
		logger.debug("@Value of "
				+ ((member instanceof Constructor) ? "the constructor of " + type : type + "." + member.getName())
				+ " does not follow changes of the configuration. Use a placeholder in a field or setter, or LiveProperties");
	}

	/**
	 * Other SpEL expressions may have side effects, and are evaluated only on a change.
	 */
	static boolean isOfEnvironment(String expression) {
		return expression.contains("#{") && expression.contains("environment");
	}

	private static List<String> expressions(Field field) {
		if (isPlain(field)) {
			return List.of();
		}
		Value value = AnnotatedElementUtils.getMergedAnnotation(field, Value.class);
		return (value != null) ? List.of(value.value()) : List.of();
	}

	private static List<String> expressions(Method method) {
		if (isPlain(method)) {
			return List.of();
		}
		Value value = AnnotatedElementUtils.getMergedAnnotation(method, Value.class);
		if (value != null && method.getParameterCount() == 1) {
			return List.of(value.value());
		}
		return (value != null || AnnotatedElementUtils.hasAnnotation(method, Autowired.class))
				? parameterExpressions(method.getParameters()) : List.of();
	}

	/** A search for composed annotations on each member would slow the start down. */
	private static boolean isPlain(AnnotatedElement member) {
		return member.getDeclaredAnnotations().length == 0;
	}

	static List<String> parameterExpressions(Parameter[] parameters) {
		List<String> expressions = new ArrayList<>();
		for (AnnotatedElement parameter : parameters) {
			Value value = AnnotatedElementUtils.getMergedAnnotation(parameter, Value.class);
			if (value != null) {
				expressions.add(value.value());
			}
		}
		return expressions;
	}

	@Override
	public String toString() {
		return this.target.member().getDeclaringClass().getName() + "." + this.target.member().getName();
	}

	/**
	 * A field, or a method with an expression for each of its parameters.
	 *
	 * @param member the field or method
	 * @param expressions the expressions
	 */
	record Target(Member member, List<String> expressions) {

	}

	/**
	 * The results of the expressions.
	 *
	 * @param results the results, before conversion
	 * @param lookups the properties that were looked up for them
	 */
	record Values(List<@Nullable Object> results, Set<ConfigurationPropertyName> lookups) {

	}

}
