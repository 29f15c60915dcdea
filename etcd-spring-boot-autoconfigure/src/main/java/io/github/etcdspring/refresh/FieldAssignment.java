package io.github.etcdspring.refresh;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.util.ReflectionUtils;

/**
 * Assigns a value to a field. The content of a final list or map is replaced in place,
 * without a moment in which it is empty.
 *
 * @param path the fields that lead to the field, itself the last
 * @param value the value
 */
record FieldAssignment(List<Field> path, @Nullable Object value) implements BeanUpdate.Step {

	/**
	 * Create an assignment of the value that another instance has.
	 * @param path the fields that lead to the field
	 * @param other the other instance
	 */
	static FieldAssignment of(List<Field> path, Object other) {
		return new FieldAssignment(path, read(path, other));
	}

	private static @Nullable Object read(List<Field> path, @Nullable Object bean) {
		Object value = bean;
		for (Field field : path) {
			value = (value != null) ? ReflectionUtils.getField(field, value) : null;
		}
		return value;
	}

	@Override
	public String name() {
		Field field = this.path.get(this.path.size() - 1);
		return field.getDeclaringClass().getName() + "." + field.getName();
	}

	@Override
	public void apply(Object bean) {
		Object owner = read(this.path.subList(0, this.path.size() - 1), bean);
		Field field = this.path.get(this.path.size() - 1);
		if (owner == null) {
			return;
		}
		if (!Modifier.isFinal(field.getModifiers())) {
			ReflectionUtils.setField(field, owner, this.value);
			return;
		}
		Object current = ReflectionUtils.getField(field, owner);
		if (current instanceof Map<?, ?> map && this.value instanceof Map<?, ?> content) {
			replace(map, content);
		}
		else if (current instanceof Collection<?> collection && this.value instanceof Collection<?> content) {
			replace(collection, content);
		}
	}

	@SuppressWarnings("unchecked")
	private static void replace(Map<?, ?> map, Map<?, ?> content) {
		((Map<Object, Object>) map).putAll(content);
		map.keySet().retainAll(content.keySet());
	}

	@SuppressWarnings("unchecked")
	private static void replace(Collection<?> collection, Collection<?> content) {
		if (collection instanceof List<?> list) {
			replace((List<Object>) list, new ArrayList<>(content));
		}
		else {
			((Collection<Object>) collection).addAll(content);
			collection.retainAll(content);
		}
	}

	private static void replace(List<Object> list, List<Object> content) {
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
