package io.github.etcdspring.refresh;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.core.env.PropertyResolver;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * A field, possibly of a nested object, that differs between two instances of a class.
 *
 * @param path the fields from the instance to the field, which is the last
 * @param holders the objects of the first instance that declare these fields
 */
record FieldDifference(List<Field> path, List<Object> holders) {

	/**
	 * Compare two instances of a class, field by field.
	 * @param first an instance
	 * @param second another instance
	 * @return the innermost fields that differ
	 */
	static List<FieldDifference> between(Object first, Object second) {
		List<FieldDifference> found = new ArrayList<>();
		find(first, second, new FieldDifference(List.of(), List.of()), new HashSet<>(), found);
		return found;
	}

	private static void find(Object first, Object second, FieldDifference parent, Set<Pair> seen,
			List<FieldDifference> found) {
		seen.add(new Pair(first, second));
		for (Field field : fields(first.getClass())) {
			Object one = ReflectionUtils.getField(field, first);
			Object other = ReflectionUtils.getField(field, second);
			if (!same(one, other, new HashSet<>(seen))) {
				FieldDifference difference = parent.append(field, first);
				if (one != null && other != null && one.getClass() == other.getClass() && isBean(one)) {
					find(one, other, difference, seen, found);
				}
				else {
					found.add(difference);
				}
			}
		}
	}

	private FieldDifference append(Field field, Object holder) {
		List<Field> path = new ArrayList<>(this.path);
		path.add(field);
		List<Object> holders = new ArrayList<>(this.holders);
		holders.add(holder);
		return new FieldDifference(path, holders);
	}

	/** Returns the accessible instance fields, without those of CGLIB and the JDK. */
	static List<Field> fields(Class<?> type) {
		List<Field> fields = new ArrayList<>();
		for (Class<?> current = ClassUtils.getUserClass(type); current != null
				&& !isPlatform(current); current = current.getSuperclass()) {
			Arrays.stream(current.getDeclaredFields())
				.filter((field) -> !Modifier.isStatic(field.getModifiers()) && !field.isSynthetic()
						&& field.trySetAccessible())
				.forEach(fields::add);
		}
		return fields;
	}

	private static boolean isPlatform(Class<?> type) {
		ClassLoader loader = type.getClassLoader();
		return loader == null || loader == ClassLoader.getPlatformClassLoader();
	}

	/** Whether an object is mutable field by field. */
	static boolean isBean(Object object) {
		Class<?> type = object.getClass();
		return !isPlatform(type) && !type.isRecord() && !type.isEnum() && !type.isHidden() && !type.isArray()
				&& !(object instanceof Collection || object instanceof Map) && !isSpringValue(type);
	}

	private static boolean isSpringValue(Class<?> type) {
		return type.getName().startsWith("org.springframework.") && hasEquals(type);
	}

	private static boolean hasEquals(Class<?> type) {
		Method method = ReflectionUtils.findMethod(type, "equals", Object.class);
		return method != null && method.getDeclaringClass() != Object.class;
	}

	private static boolean same(@Nullable Object one, @Nullable Object other, Set<Pair> seen) {
		if (one == other) {
			return true;
		}
		if (one == null || other == null) {
			return false;
		}
		if (!seen.add(new Pair(one, other))) {
			return true;
		}
		if (one instanceof Map<?, ?> map && other instanceof Map<?, ?> otherMap) {
			return map.keySet().equals(otherMap.keySet()) && map.entrySet()
				.stream()
				.allMatch((entry) -> same(entry.getValue(), otherMap.get(entry.getKey()), seen));
		}
		if (one instanceof Collection<?> elements && other instanceof Collection<?> others) {
			return sameElements(elements, others, seen) || (one instanceof Set && one.equals(other));
		}
		if (one.getClass() != other.getClass()) {
			return one.equals(other);
		}
		return sameContent(one, other, seen);
	}

	private static boolean sameContent(Object one, Object other, Set<Pair> seen) {
		Class<?> type = one.getClass();
		if (type.isArray()) {
			return Objects.deepEquals(one, other) || (!type.getComponentType().isPrimitive()
					&& sameElements(Arrays.asList((Object[]) one), Arrays.asList((Object[]) other), seen));
		}
		if (one instanceof Optional<?> optional) {
			return same(optional.orElse(null), ((Optional<?>) other).orElse(null), seen);
		}
		if (one instanceof Pattern) {
			return one.toString().equals(other.toString());
		}
		if (isPlatform(type) || isSpringValue(type)) {
			// Objects such as locks and executors have no value to compare
			return !hasEquals(type) || one.equals(other);
		}
		if (type.isEnum() || one instanceof BeanFactory || one instanceof PropertyResolver) {
			return !type.isEnum();
		}
		return fields(type).stream()
			.allMatch((field) -> same(ReflectionUtils.getField(field, one), ReflectionUtils.getField(field, other),
					seen));
	}

	private static boolean sameElements(Collection<?> elements, Collection<?> others, Set<Pair> seen) {
		Iterator<?> other = others.iterator();
		for (Object element : elements) {
			if (!other.hasNext() || !same(element, other.next(), seen)) {
				return false;
			}
		}
		return !other.hasNext();
	}

	/** Whether the field of an object leads to the difference. */
	boolean isWithin(Object holder, Field field) {
		for (int i = 0; i < this.path.size(); i++) {
			if (this.holders.get(i) == holder && this.path.get(i).equals(field)) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Find the field to replace in order to remove the difference: the field itself, or
	 * its nearest ancestor that is not final.
	 * @return the path of the field, {@code null} if there is none
	 */
	@Nullable List<Field> replaceable() {
		Object last = this.holders.get(this.holders.size() - 1);
		Field leaf = this.path.get(this.path.size() - 1);
		Object value = ReflectionUtils.getField(leaf, last);
		for (int size = this.path.size(); size > 0; size--) {
			boolean content = size == this.path.size() && (value instanceof Collection || value instanceof Map);
			if (content || !Modifier.isFinal(this.path.get(size - 1).getModifiers())) {
				return this.path.subList(0, size);
			}
		}
		return null;
	}

	/**
	 * Two objects by their identity.
	 *
	 * @param one an object
	 * @param other another object
	 */
	private record Pair(Object one, Object other) {

		@Override
		public boolean equals(@Nullable Object object) {
			return object instanceof Pair pair && pair.one == this.one && pair.other == this.other;
		}

		@Override
		public int hashCode() {
			return 31 * System.identityHashCode(this.one) + System.identityHashCode(this.other);
		}

	}

}
