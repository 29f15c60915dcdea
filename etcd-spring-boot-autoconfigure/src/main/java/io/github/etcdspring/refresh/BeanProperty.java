package io.github.etcdspring.refresh;

import java.beans.Introspector;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.bind.Name;
import org.springframework.core.BridgeMethodResolver;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * A property of a JavaBean by the rules of Spring Boot's binder: methods need not be
 * public, and {@link Name} may rename the property.
 *
 * @param name the name in the configuration
 * @param getter the getter
 * @param setter the setter
 * @param field the field of the same name
 */
record BeanProperty(String name, @Nullable Method getter, @Nullable Method setter, @Nullable Field field) {

	/**
	 * Find the properties of a class.
	 * @param type the class
	 * @return properties that have a getter or a setter
	 */
	static Collection<BeanProperty> of(Class<?> type) {
		Map<String, BeanProperty> properties = new LinkedHashMap<>();
		for (Class<?> current = ClassUtils.getUserClass(type); current != null
				&& current != Object.class; current = current.getSuperclass()) {
			List<Method> methods = Arrays.stream(current.getDeclaredMethods())
				.map(BridgeMethodResolver::findBridgedMethod)
				.distinct()
				.filter(BeanProperty::isCandidate)
				.sorted(Comparator.comparing(Method::getName))
				.toList();
			add(methods, "is", 0, properties);
			add(methods, "get", 0, properties);
			add(methods, "set", 1, properties);
			for (Field field : current.getDeclaredFields()) {
				properties.computeIfPresent(field.getName(), (name, property) -> property.with(field));
			}
		}
		return properties.values();
	}

	private static boolean isCandidate(Method method) {
		int excluded = Modifier.PRIVATE | Modifier.PROTECTED | Modifier.ABSTRACT | Modifier.STATIC;
		return (method.getModifiers() & excluded) == 0 && !method.isBridge() && method.getName().indexOf('$') == -1;
	}

	private static void add(List<Method> methods, String prefix, int parameters, Map<String, BeanProperty> properties) {
		for (Method method : methods) {
			if (method.getParameterCount() == parameters && method.getName().startsWith(prefix)
					&& method.getName().length() > prefix.length()) {
				String name = Introspector.decapitalize(method.getName().substring(prefix.length()));
				BeanProperty property = properties.getOrDefault(name,
						new BeanProperty(DataObjectPropertyName.toDashedForm(name), null, null, null));
				properties.put(name, (parameters == 0) ? property.withGetter(method) : property.withSetter(method));
			}
		}
	}

	private BeanProperty withGetter(Method method) {
		boolean better = this.getter == null || this.getter.getName().startsWith("is");
		return (better) ? new BeanProperty(this.name, method, this.setter, this.field) : this;
	}

	private BeanProperty withSetter(Method method) {
		boolean better = this.setter == null
				|| (this.getter != null && this.getter.getReturnType().equals(method.getParameterTypes()[0]));
		return (better) ? new BeanProperty(this.name, this.getter, method, this.field) : this;
	}

	private BeanProperty with(Field field) {
		if (this.field != null) {
			return this;
		}
		Name renamed = field.getDeclaredAnnotation(Name.class);
		return new BeanProperty((renamed != null) ? renamed.value() : this.name, this.getter, this.setter, field);
	}

	/**
	 * Read the value by the getter.
	 * @param bean the bean
	 * @return the value, {@code null} also if there is no getter
	 */
	@Nullable Object get(Object bean) {
		if (this.getter == null) {
			return null;
		}
		ReflectionUtils.makeAccessible(this.getter);
		return ReflectionUtils.invokeMethod(this.getter, bean);
	}

}
