package io.github.etcdspring.refresh;

import java.lang.ref.WeakReference;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.TypeConverter;
import org.springframework.core.MethodParameter;
import org.springframework.util.ReflectionUtils;

/**
 * A field or a method of a bean that was given a value by an expression, and can be given
 * another one. Does not keep the bean from being collected.
 */
final class ValueMember {

	private final String bean;

	private final WeakReference<Object> owner;

	private final Member member;

	private final String expression;

	/** What the expression stood for when the member was last given a value. */
	private volatile @Nullable String text;

	ValueMember(String bean, Object owner, Member member, String expression, @Nullable String text) {
		this.bean = bean;
		this.owner = new WeakReference<>(owner);
		this.member = member;
		this.expression = expression;
		this.text = text;
	}

	String bean() {
		return this.bean;
	}

	/**
	 * What the value is taken from, with placeholders.
	 */
	String expression() {
		return this.expression;
	}

	@Nullable String text() {
		return this.text;
	}

	boolean gone() {
		return this.owner.get() == null;
	}

	@Nullable Object convert(@Nullable Object value, TypeConverter converter) {
		if (this.member instanceof Field field) {
			return converter.convertIfNecessary(value, field.getType(), field);
		}
		MethodParameter parameter = new MethodParameter((Method) this.member, 0);
		return converter.convertIfNecessary(value, parameter.getParameterType(), parameter);
	}

	/**
	 * Give it another value.
	 * @param value the converted value
	 * @param text what the expression stands for
	 */
	void set(@Nullable Object value, @Nullable String text) {
		Object target = this.owner.get();
		if (target == null) {
			return;
		}
		if (this.member instanceof Field field) {
			ReflectionUtils.makeAccessible(field);
			ReflectionUtils.setField(field, target, value);
		}
		else if (this.member instanceof Method method) {
			ReflectionUtils.makeAccessible(method);
			ReflectionUtils.invokeMethod(method, target, value);
		}
		this.text = text;
	}

	@Override
	public String toString() {
		return this.member.getDeclaringClass().getName() + "." + this.member.getName();
	}

}
