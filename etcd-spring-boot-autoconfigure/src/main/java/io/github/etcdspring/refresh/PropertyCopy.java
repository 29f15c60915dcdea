package io.github.etcdspring.refresh;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.util.ReflectionUtils;

/**
 * Gives a bean in use those properties of a fresh one that have changed, each by one call
 * of its setter: a reader finds the former or the next value, never a default. Nested
 * objects, lists and maps are replaced as a whole. Only where there is no way to replace
 * them are they changed in place, without being empty in between.
 */
final class PropertyCopy {

	private static final Log logger = LogFactory.getLog(PropertyCopy.class);

	private final String bean;

	private final Object fresh;

	private final List<ConfigurationPropertyName> changed;

	private final int depth;

	/**
	 * Prepare a copy.
	 * @param bean name of the bean
	 * @param fresh where to copy from
	 * @param changed names of the properties that have changed
	 * @param depth how many elements of their names lead to the bean
	 */
	PropertyCopy(String bean, Object fresh, List<ConfigurationPropertyName> changed, int depth) {
		this.bean = bean;
		this.fresh = fresh;
		this.changed = changed;
		this.depth = depth;
	}

	/**
	 * Copy to the bean in use. A property that fails does not keep the others back.
	 * @param live the bean
	 */
	void to(Object live) {
		for (BoundProperty property : BoundProperty.of(live.getClass())) {
			List<ConfigurationPropertyName> part = this.changed.stream()
				.filter((name) -> property.holds(name, this.depth))
				.toList();
			if (!part.isEmpty()) {
				try {
					copy(property, live, part);
				}
				catch (RuntimeException | Error ex) {
					logger.error("The property " + part.get(0) + " of the bean '" + this.bean
							+ "' keeps its former value, as it cannot be set (" + Rejection.kind(ex) + ")");
				}
			}
		}
	}

	private void copy(BoundProperty property, Object live, List<ConfigurationPropertyName> part) {
		Object next = property.read(this.fresh);
		Method setter = property.setter();
		Field field = property.field();
		if (setter != null) {
			ReflectionUtils.makeAccessible(setter);
			ReflectionUtils.invokeMethod(setter, live, next);
			return;
		}
		Object current = property.read(live);
		if (current instanceof Map<?, ?> || current instanceof Collection<?>) {
			if (field != null && !Modifier.isFinal(field.getModifiers()) && field.getType().isInstance(next)) {
				ReflectionUtils.makeAccessible(field);
				ReflectionUtils.setField(field, live, next);
			}
			else {
				replaceContent(current, next);
			}
		}
		else if (current != null && next != null) {
			new PropertyCopy(this.bean, next, part, this.depth + 1).to(current);
		}
	}

	@SuppressWarnings("unchecked")
	private static void replaceContent(Object current, @Nullable Object next) {
		if (current instanceof Map<?, ?> map) {
			Map<Object, Object> content = (next instanceof Map<?, ?> other) ? (Map<Object, Object>) other : Map.of();
			((Map<Object, Object>) map).putAll(content);
			map.keySet().retainAll(content.keySet());
			return;
		}
		Collection<Object> content = (next instanceof Collection<?> other) ? (Collection<Object>) other : List.of();
		if (current instanceof List<?> list) {
			replaceElements((List<Object>) list, new ArrayList<>(content));
		}
		else {
			((Collection<Object>) current).addAll(content);
			((Collection<Object>) current).retainAll(content);
		}
	}

	private static void replaceElements(List<Object> list, List<Object> content) {
		for (int i = 0; i < content.size(); i++) {
			if (i < list.size()) {
				list.set(i, content.get(i));
			}
			else {
				list.add(content.get(i));
			}
		}
		while (list.size() > content.size()) {
			list.remove(list.size() - 1);
		}
	}

}
