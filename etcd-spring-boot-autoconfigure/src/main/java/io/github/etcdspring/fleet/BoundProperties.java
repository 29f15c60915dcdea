package io.github.etcdspring.fleet;

import java.beans.PropertyDescriptor;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import io.github.etcdspring.fleet.FleetProperty.Constraint;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.BeanUtils;
import org.springframework.boot.context.properties.bind.BindConstructorProvider;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.bind.Name;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.MethodParameter;
import org.springframework.core.ParameterNameDiscoverer;
import org.springframework.core.ResolvableType;
import org.springframework.core.convert.ConversionService;
import org.springframework.util.ClassUtils;

/**
 * Finds the properties that Spring Boot binds to a class: the parameters of its bind
 * constructor or its JavaBean properties, and those of nested classes. Elements of
 * collections and maps are not described. Not thread-safe.
 */
final class BoundProperties {

	private static final List<String> PLATFORM = List.of("java.", "javax.", "jakarta.", "kotlin.");

	private final ParameterNameDiscoverer parameterNames = new DefaultParameterNameDiscoverer();

	private final ConversionService conversion = ApplicationConversionService.getSharedInstance();

	private final Map<String, FleetProperty> properties = new TreeMap<>();

	private final Map<String, Set<String>> prefixes = new HashMap<>();

	/** The nested classes around the current one, which may be recursive. */
	private final Set<Class<?>> path = new LinkedHashSet<>();

	/**
	 * Add the properties of a class.
	 * @param type the class
	 * @param prefix prefix of the names of its properties
	 * @param immutable whether it is bound by its constructor
	 * @param constraints finds the constraints of each property
	 */
	void add(Class<?> type, String prefix, boolean immutable, PropertyConstraints constraints) {
		this.path.clear();
		add(ResolvableType.forClass(type), prefix, immutable, constraints);
	}

	/**
	 * Return the prefixes whose properties were found.
	 * @return the prefixes in their order
	 */
	Set<String> prefixes() {
		Set<String> found = new TreeSet<>();
		this.prefixes.values().forEach(found::addAll);
		found.remove("");
		return found;
	}

	/**
	 * Return the properties that were found.
	 * @return the properties by name, in the order of their names
	 */
	Map<String, FleetProperty> properties() {
		return this.properties;
	}

	/**
	 * Return whether a property belongs to one of the classes.
	 * @param className name of the class
	 * @param property name of the property
	 * @return whether it is below a prefix of the class
	 */
	boolean contains(String className, String property) {
		return this.prefixes.getOrDefault(className, Set.of())
			.stream()
			.anyMatch((prefix) -> property.startsWith(prefix.isEmpty() ? "" : prefix + "."));
	}

	private void add(ResolvableType type, String prefix, boolean immutable, PropertyConstraints constraints) {
		Class<?> target = type.resolve();
		if (target == null || !this.path.add(target)) {
			return;
		}
		for (Class<?> source = target; source != null && source != Object.class; source = source.getSuperclass()) {
			this.prefixes.computeIfAbsent(source.getName(), (name) -> new LinkedHashSet<>()).add(prefix);
		}
		Constructor<?> constructor = (immutable) ? BindConstructorProvider.DEFAULT.getBindConstructor(target, true)
				: null;
		if (constructor != null) {
			addParameters(constructor, prefix, constraints);
		}
		else {
			addBeanProperties(type, target, prefix, constraints);
		}
		this.path.remove(target);
	}

	private void addParameters(Constructor<?> constructor, String prefix, PropertyConstraints constraints) {
		@Nullable String @Nullable [] names = this.parameterNames.getParameterNames(constructor);
		Parameter[] parameters = constructor.getParameters();
		for (int i = 0; names != null && i < parameters.length; i++) {
			Name name = parameters[i].getAnnotation(Name.class);
			String member = names[i];
			if (member != null) {
				DefaultValue defaultValue = parameters[i].getAnnotation(DefaultValue.class);
				addProperty(name(prefix, (name != null) ? name.value() : member),
						ResolvableType.forConstructorParameter(constructor, i), true, true,
						(defaultValue != null && defaultValue.value().length > 0)
								? String.join(",", defaultValue.value()) : null,
						constraints.of(constructor.getDeclaringClass(), member), constraints);
			}
		}
	}

	private void addBeanProperties(ResolvableType type, Class<?> target, String prefix,
			PropertyConstraints constraints) {
		for (PropertyDescriptor property : BeanUtils.getPropertyDescriptors(target)) {
			Method setter = property.getWriteMethod();
			Method member = (setter != null) ? setter : property.getReadMethod();
			if (member != null && member.getDeclaringClass() != Object.class) {
				MethodParameter parameter = new MethodParameter(member, (setter != null) ? 0 : -1);
				addProperty(name(prefix, property.getName()), ResolvableType.forMethodParameter(parameter, type), false,
						setter != null, null, constraints.of(target, property.getName()), constraints);
			}
		}
	}

	private void addProperty(String name, ResolvableType type, boolean immutable, boolean settable,
			@Nullable String defaultValue, List<Constraint> own, PropertyConstraints constraints) {
		Class<?> target = type.resolve();
		if (target == null) {
			return;
		}
		boolean container = Collection.class.isAssignableFrom(target) || Map.class.isAssignableFrom(target);
		if (container || (settable && (target.isArray() || this.conversion.canConvert(String.class, target)))) {
			this.properties.putIfAbsent(name,
					new FleetProperty(name, typeName(type), null, defaultValue, null, values(target), own));
		}
		if (!container && isNested(target)) {
			add(type, name, immutable, constraints);
		}
	}

	/** Classes of Spring are nested unless they are values, such as DataSize. */
	private boolean isNested(Class<?> type) {
		if (type.getName().startsWith("org.springframework.") && this.conversion.canConvert(String.class, type)) {
			return false;
		}
		return !type.isPrimitive() && !type.isArray() && !type.isEnum() && !Modifier.isAbstract(type.getModifiers())
				&& PLATFORM.stream().noneMatch(type.getName()::startsWith);
	}

	private static String name(String prefix, String member) {
		String name = DataObjectPropertyName.toDashedForm(member);
		return (prefix.isEmpty()) ? name : prefix + "." + name;
	}

	private static String typeName(ResolvableType type) {
		if (type.getType() instanceof Class<?> simple) {
			return ClassUtils.resolvePrimitiveIfNecessary(simple).getTypeName();
		}
		return type.toString().replace(", ", ",");
	}

	private static List<String> values(Class<?> type) {
		Object[] constants = type.getEnumConstants();
		return (constants != null) ? Arrays.stream(constants).map(BoundProperties::value).toList() : List.of();
	}

	private static String value(Object constant) {
		return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

}
