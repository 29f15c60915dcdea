package io.github.etcdspring.refresh;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.annotation.AnnotatedBeanDefinition;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.BindMethod;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.core.env.Environment;
import org.springframework.core.type.MethodMetadata;
import org.springframework.util.ClassUtils;

/**
 * Finds the beans of an application that are bound to properties, without creating them.
 * Internal: public only for the other packages of the starter.
 */
public final class PropertiesBeans {

	private final ConfigurableListableBeanFactory beans;

	private volatile Definitions definitions = new Definitions(List.of(), List.of());

	/**
	 * Create a search.
	 * @param beans the beans of the application
	 */
	public PropertiesBeans(ConfigurableListableBeanFactory beans) {
		this.beans = beans;
	}

	/**
	 * Return the beans that are defined so far.
	 * @return the beans in the order of their definition
	 */
	public List<PropertiesBean> all() {
		return definitions().beans();
	}

	private Definitions definitions() {
		Definitions definitions = this.definitions;
		Object version = version();
		if (definitions.version() != version) {
			definitions = new Definitions(version, find(this.beans.getBeanDefinitionNames()));
			this.definitions = definitions;
		}
		return definitions;
	}

	/**
	 * Return an object that remains the same until a bean definition is added, replaced
	 * or removed. A search at each change would cost more than the change itself.
	 */
	private Object version() {
		// it may create factory beans, for which it is too early before
		return (this.beans.isConfigurationFrozen()) ? this.beans.getBeanNamesForType(Environment.class) : new Object();
	}

	private List<PropertiesBean> find(String[] names) {
		List<PropertiesBean> result = new ArrayList<>();
		for (String name : names) {
			PropertiesBean bean = describe(name);
			if (bean != null) {
				result.add(bean);
			}
		}
		return List.copyOf(result);
	}

	private @Nullable PropertiesBean describe(String name) {
		if (this.beans.getBeanDefinition(name).isAbstract()
				|| this.beans.containsBeanDefinition(ScopedProxyUtils.getTargetBeanName(name))) {
			return null;
		}
		Class<?> type = this.beans.getType(name, false);
		if (type == null) {
			return null;
		}
		// After the lookup of the type, the factory method is known
		BeanDefinition definition = this.beans.getMergedBeanDefinition(name);
		Class<?> userType = ClassUtils.getUserClass(type);
		Method factoryMethod = (definition instanceof RootBeanDefinition root) ? root.getResolvedFactoryMethod() : null;
		MergedAnnotation<ConfigurationProperties> onMethod = (factoryMethod != null && isAnnotated(name, factoryMethod))
				? annotation(factoryMethod) : MergedAnnotation.missing();
		MergedAnnotation<ConfigurationProperties> annotation = (onMethod.isPresent()) ? onMethod : annotation(userType);
		return (annotation.isPresent())
				? new PropertiesBean(name, userType, ConfigurationPropertyName.of(annotation.getString("prefix")),
						factoryMethod == null && isImmutable(definition), onMethod.isPresent())
				: null;
	}

	/**
	 * Uses the metadata from which the bean was defined, as a search for the annotation
	 * on each factory method would slow the start down.
	 */
	private boolean isAnnotated(String name, Method factoryMethod) {
		MethodMetadata metadata = (this.beans.getBeanDefinition(name) instanceof AnnotatedBeanDefinition annotated)
				? annotated.getFactoryMethodMetadata() : null;
		Class<?> owner = factoryMethod.getDeclaringClass();
		boolean mayOverride = owner.getSuperclass() != Object.class || owner.getInterfaces().length > 0;
		return metadata == null || mayOverride || metadata.isAnnotated(ConfigurationProperties.class.getName());
	}

	private static MergedAnnotation<ConfigurationProperties> annotation(Method method) {
		return MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY).get(ConfigurationProperties.class);
	}

	private static MergedAnnotation<ConfigurationProperties> annotation(Class<?> type) {
		return MergedAnnotations.from(type, SearchStrategy.TYPE_HIERARCHY).get(ConfigurationProperties.class);
	}

	private static boolean isImmutable(BeanDefinition definition) {
		return definition.getAttribute(BindMethod.class.getName()) == BindMethod.VALUE_OBJECT;
	}

	/**
	 * Return the beans that are bound to changed properties.
	 * @param names the names of the properties
	 * @return the beans in the order of their definition
	 */
	List<PropertiesBean> boundTo(Collection<ConfigurationPropertyName> names) {
		if (names.isEmpty()) {
			return List.of();
		}
		Definitions definitions = definitions();
		Set<String> bound = new HashSet<>(definitions.withPrefix(ConfigurationPropertyName.EMPTY));
		for (ConfigurationPropertyName name : names) {
			for (ConfigurationPropertyName part = name; !part.isEmpty(); part = part.getParent()) {
				bound.addAll(definitions.withPrefix(part));
			}
		}
		return definitions.beans().stream().filter((bean) -> bound.contains(bean.name())).toList();
	}

	/**
	 * The beans that were found in the bean definitions.
	 *
	 * @param version identifies the state of the bean definitions
	 * @param beans the beans in the order of their definition
	 * @param byPrefix the names of the beans by the prefix of their properties
	 */
	private record Definitions(Object version, List<PropertiesBean> beans,
			Map<ConfigurationPropertyName, List<String>> byPrefix) {

		Definitions(Object version, List<PropertiesBean> beans) {
			this(version, beans,
					beans.stream()
						.collect(Collectors.groupingBy(PropertiesBean::prefix,
								Collectors.mapping(PropertiesBean::name, Collectors.toList()))));
		}

		List<String> withPrefix(ConfigurationPropertyName prefix) {
			return this.byPrefix.getOrDefault(prefix, List.of());
		}

	}

	/**
	 * A bean that is bound to properties.
	 *
	 * @param name name of the bean, of the target if it is behind a scoped proxy
	 * @param type its class, as far as it is known before the bean exists
	 * @param prefix prefix of the names of its properties
	 * @param immutable whether it is bound by its constructor
	 * @param factoryMethod whether the annotation is on its factory method
	 */
	public record PropertiesBean(String name, Class<?> type, ConfigurationPropertyName prefix, boolean immutable,
			boolean factoryMethod) {

	}

}
