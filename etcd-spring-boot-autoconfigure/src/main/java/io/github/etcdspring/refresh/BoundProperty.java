package io.github.etcdspring.refresh;

import java.beans.Introspector;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.bind.Name;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.core.BridgeMethodResolver;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * A property of a JavaBean, by the rules after which Spring Boot binds: methods need not
 * be public, and {@link Name} may rename it.
 *
 * @param name the name that it is bound by, in uniform form
 * @param getter its getter
 * @param setter its setter
 * @param field the field of that name
 */
record BoundProperty(String name, @Nullable Method getter, @Nullable Method setter, @Nullable Field field) {

	/**
	 * The properties of a class.
	 * @param type the class
	 * @return those with a getter or a setter
	 */
	static List<BoundProperty> of(Class<?> type) {
		Map<String, BoundProperty> properties = new LinkedHashMap<>();
		for (Class<?> current = ClassUtils.getUserClass(type); current != null
				&& current != Object.class; current = current.getSuperclass()) {
			List<Method> methods = Arrays.stream(current.getDeclaredMethods())
				.map(BridgeMethodResolver::findBridgedMethod)
				.distinct()
				.filter(BoundProperty::isCandidate)
				.sorted(Comparator.comparing(Method::getName))
				.toList();
			add(methods, "is", 0, properties);
			add(methods, "get", 0, properties);
			add(methods, "set", 1, properties);
			for (Field field : current.getDeclaredFields()) {
				properties.computeIfPresent(field.getName(), (name, property) -> property.with(field));
			}
		}
		return new ArrayList<>(properties.values());
	}

	private static boolean isCandidate(Method method) {
		int modifiers = method.getModifiers();
		return !Modifier.isPrivate(modifiers) && !Modifier.isProtected(modifiers) && !Modifier.isAbstract(modifiers)
				&& !Modifier.isStatic(modifiers) && !method.isBridge() && method.getName().indexOf('$') == -1;
	}

	private static void add(List<Method> methods, String prefix, int parameters,
			Map<String, BoundProperty> properties) {
		for (Method method : methods) {
			if (method.getParameterCount() == parameters && method.getName().startsWith(prefix)
					&& method.getName().length() > prefix.length()) {
				String name = Introspector.decapitalize(method.getName().substring(prefix.length()));
				BoundProperty property = properties.getOrDefault(name,
						new BoundProperty(uniform(DataObjectPropertyName.toDashedForm(name)), null, null, null));
				properties.put(name, (parameters == 0) ? property.withGetter(method) : property.withSetter(method));
			}
		}
	}

	private static String uniform(String name) {
		ConfigurationPropertyName adapted = Changes.name(name);
		return (adapted.isEmpty()) ? name : adapted.getElement(0, Form.UNIFORM);
	}

	private BoundProperty withGetter(Method method) {
		boolean better = this.getter == null || this.getter.getName().startsWith("is");
		return (better) ? new BoundProperty(this.name, method, this.setter, this.field) : this;
	}

	private BoundProperty withSetter(Method method) {
		boolean better = this.setter == null
				|| (this.getter != null && this.getter.getReturnType().equals(method.getParameterTypes()[0]));
		return (better) ? new BoundProperty(this.name, this.getter, method, this.field) : this;
	}

	private BoundProperty with(Field field) {
		if (this.field != null) {
			return this;
		}
		Name renamed = field.getDeclaredAnnotation(Name.class);
		return new BoundProperty((renamed != null) ? uniform(renamed.value()) : this.name, this.getter, this.setter,
				field);
	}

	/**
	 * Whether a changed property is this one or part of it.
	 * @param changed the changed property
	 * @param depth how many elements of its name lead to the bean
	 */
	boolean holds(ConfigurationPropertyName changed, int depth) {
		return changed.getNumberOfElements() > depth && changed.getElement(depth, Form.UNIFORM).equals(this.name);
	}

	/**
	 * Read the value.
	 * @param bean the bean
	 * @return the value
	 * @throws IllegalStateException if it cannot be read
	 */
	@Nullable Object read(Object bean) {
		Method getter = this.getter;
		if (getter != null && (this.setter == null
				|| ClassUtils.isAssignable(this.setter.getParameterTypes()[0], getter.getReturnType()))) {
			ReflectionUtils.makeAccessible(getter);
			return ReflectionUtils.invokeMethod(getter, bean);
		}
		Field field = this.field;
		if (field != null && (this.setter == null
				|| ClassUtils.isAssignable(this.setter.getParameterTypes()[0], field.getType()))) {
			ReflectionUtils.makeAccessible(field);
			return ReflectionUtils.getField(field, bean);
		}
		throw new IllegalStateException("There is neither a getter nor a field that fits the setter");
	}

}
