package io.github.etcdspring.refresh;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * One step of the update of a bean: a call of a setter, or an assignment to a field.
 */
sealed interface UpdateStep {

	/** Name of the property or field that it changes. */
	String name();

	/**
	 * Change a bean.
	 * @param bean the bean, which may hold the property in a nested object
	 */
	void apply(Object bean);

	/**
	 * Calls the setter of a changed property with the value from the binder or, if the
	 * property is no longer bound, with the value of the fresh instance.
	 */
	final class SetterCall implements UpdateStep {

		private final ConfigurationPropertyName name;

		private final List<BeanProperty> owners;

		private final BeanProperty property;

		private final @Nullable Supplier<@Nullable Object> value;

		private final @Nullable FieldAssignment content;

		private final boolean bound;

		/**
		 * Create a call.
		 * @param name name of the property
		 * @param owners the properties that lead to the nested object that has it
		 * @param property the property
		 * @param value the value that was bound, {@code null} if there is none
		 * @param fresh the fresh instance of the object that has it
		 */
		SetterCall(ConfigurationPropertyName name, List<BeanProperty> owners, BeanProperty property,
				@Nullable Object value, Object fresh) {
			this.name = name;
			this.owners = owners;
			this.property = property;
			this.bound = value != null;
			this.value = (value != null && property.setter() != null) ? () -> copy(value) : current(property, fresh);
			this.content = content(property, fresh);
		}

		/** Lists and maps without a setter are updated in place. */
		private static @Nullable FieldAssignment content(BeanProperty property, Object fresh) {
			Field field = property.field();
			if (property.setter() != null || field == null || !field.trySetAccessible()) {
				return null;
			}
			FieldAssignment assignment = FieldAssignment.of(List.of(field), fresh);
			return (assignment.value() instanceof Collection || assignment.value() instanceof Map) ? assignment : null;
		}

		/**
		 * Reads the value of the fresh instance, {@code null} if that is impossible.
		 */
		private static @Nullable Supplier<@Nullable Object> current(BeanProperty property, Object fresh) {
			Method setter = property.setter();
			if (setter == null) {
				return null;
			}
			Class<?> type = setter.getParameterTypes()[0];
			Method getter = property.getter();
			if (getter != null && ClassUtils.isAssignable(type, getter.getReturnType())) {
				return () -> property.get(fresh);
			}
			Field field = property.field();
			if (field != null && ClassUtils.isAssignable(type, field.getType())) {
				return () -> {
					ReflectionUtils.makeAccessible(field);
					return ReflectionUtils.getField(field, fresh);
				};
			}
			return null;
		}

		@Override
		public String name() {
			return this.name.toString();
		}

		boolean isBound() {
			return this.bound;
		}

		/** Whether there is a way to set the property, and a value for it. */
		boolean isPossible() {
			return this.value != null || this.content != null;
		}

		/**
		 * Whether the result of the setter can be verified by the field of the property.
		 */
		boolean isExact() {
			return this.bound && this.property.field() != null;
		}

		/**
		 * Whether a difference is in the field of the property.
		 * @param difference the difference
		 * @param bean the bean that was compared
		 */
		boolean names(FieldDifference difference, Object bean) {
			Object owner = owner(bean);
			Field field = this.property.field();
			return owner != null && field != null && difference.isWithin(owner, field);
		}

		/**
		 * Find the object that has the property.
		 * @param bean the bean
		 * @return the bean itself or a nested object, {@code null} if it does not exist
		 */
		@Nullable Object owner(Object bean) {
			Object owner = bean;
			for (BeanProperty property : this.owners) {
				owner = (owner != null) ? property.get(owner) : null;
			}
			return owner;
		}

		@Override
		public void apply(Object bean) {
			Object owner = owner(bean);
			Method setter = this.property.setter();
			if (owner == null) {
				return;
			}
			if (this.content != null) {
				this.content.apply(owner);
			}
			else if (setter != null && this.value != null) {
				ReflectionUtils.makeAccessible(setter);
				ReflectionUtils.invokeMethod(setter, owner, this.value.get());
			}
		}

		/** Copied, as a setter may modify the collection that it receives. */
		static Object copy(Object value) {
			if (value instanceof ArrayList<?> list) {
				return new ArrayList<>(list);
			}
			if (value instanceof LinkedHashMap<?, ?> map) {
				return new LinkedHashMap<>(map);
			}
			return (value instanceof LinkedHashSet<?> set) ? new LinkedHashSet<>(set) : value;
		}

	}

	/**
	 * Assigns a value to a field. The content of a final list or map is replaced in
	 * place, without a moment in which it is empty.
	 *
	 * @param path the fields that lead to the field, itself the last
	 * @param value the value
	 */
	record FieldAssignment(List<Field> path, @Nullable Object value) implements UpdateStep {

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

}
