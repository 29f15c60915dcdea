package io.github.etcdspring.refresh;

import java.lang.annotation.Annotation;
import java.lang.ref.WeakReference;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.TypeConverter;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.core.MethodParameter;
import org.springframework.core.ResolvableType;
import org.springframework.core.convert.TypeDescriptor;
import org.springframework.util.ReflectionUtils;

/**
 * A field or a method of a bean that received values by {@code @Value} and can receive
 * others. Does not keep the bean from being collected.
 */
final class ValueMember {

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

	boolean gone() {
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
			return converter.convertIfNecessary(value, field.getType(),
					descriptor(ResolvableType.forField(field), field.getAnnotations()));
		}
		MethodParameter parameter = new MethodParameter((Method) this.target.member(), index);
		return converter.convertIfNecessary(value, parameter.getParameterType(),
				descriptor(ResolvableType.forMethodParameter(parameter), parameter.getParameterAnnotations()));
	}

	/**
	 * Leaves out {@code @Value}, which no converter depends on. Spring caches converters
	 * by type and annotations but hashes the type only, so that each of many expressions
	 * would be compared with all others.
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
	 * @param values what the expressions evaluate to
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
	 * What the expressions evaluated to.
	 *
	 * @param results the results, before conversion
	 * @param asked the properties that were looked up for them
	 */
	record Values(List<@Nullable Object> results, Set<ConfigurationPropertyName> asked) {

	}

}
