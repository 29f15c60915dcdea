package io.github.etcdspring.refresh;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.BindMethod;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.util.ClassUtils;

/**
 * The beans of an application that are bound to properties, found without creating any of
 * them.
 */
final class PropertiesBeans {

	private final ConfigurableListableBeanFactory beans;

	private volatile Found found = new Found(List.of(), List.of());

	PropertiesBeans(ConfigurableListableBeanFactory beans) {
		this.beans = beans;
	}

	/**
	 * The beans, as far as they are defined.
	 */
	List<PropertiesBean> all() {
		Found found = this.found;
		String[] names = this.beans.getBeanDefinitionNames();
		List<BeanDefinition> definitions = Arrays.stream(names).map(this.beans::getBeanDefinition).toList();
		if (!found.isOf(definitions)) {
			found = new Found(definitions, find(names));
			this.found = found;
		}
		return found.beans();
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
		// Only now is the factory method known
		BeanDefinition definition = this.beans.getMergedBeanDefinition(name);
		Class<?> userType = ClassUtils.getUserClass(type);
		Method factoryMethod = (definition instanceof RootBeanDefinition root) ? root.getResolvedFactoryMethod() : null;
		MergedAnnotation<ConfigurationProperties> onMethod = annotation(factoryMethod);
		MergedAnnotation<ConfigurationProperties> annotation = (onMethod.isPresent()) ? onMethod : annotation(userType);
		return (annotation.isPresent())
				? new PropertiesBean(name, userType, ConfigurationPropertyName.of(annotation.getString("prefix")),
						factoryMethod == null && isImmutable(definition), onMethod.isPresent())
				: null;
	}

	private static MergedAnnotation<ConfigurationProperties> annotation(@Nullable Method method) {
		return (method != null)
				? MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY).get(ConfigurationProperties.class)
				: MergedAnnotation.missing();
	}

	private static MergedAnnotation<ConfigurationProperties> annotation(Class<?> type) {
		return MergedAnnotations.from(type, SearchStrategy.TYPE_HIERARCHY).get(ConfigurationProperties.class);
	}

	private static boolean isImmutable(BeanDefinition definition) {
		return definition.getAttribute(BindMethod.class.getName()) == BindMethod.VALUE_OBJECT;
	}

	/**
	 * Return the beans that changed properties belong to.
	 * @param names the names of the properties
	 * @return the beans in the order of their definition
	 */
	List<PropertiesBean> boundTo(Collection<ConfigurationPropertyName> names) {
		if (names.isEmpty()) {
			return List.of();
		}
		List<PropertiesBean> all = all();
		Map<ConfigurationPropertyName, List<PropertiesBean>> byPrefix = this.found.byPrefix();
		Set<PropertiesBean> bound = new HashSet<>(byPrefix.getOrDefault(ConfigurationPropertyName.EMPTY, List.of()));
		for (ConfigurationPropertyName name : names) {
			for (ConfigurationPropertyName part = name; !part.isEmpty(); part = part.getParent()) {
				bound.addAll(byPrefix.getOrDefault(part, List.of()));
			}
		}
		return (bound.size() < 2) ? List.copyOf(bound) : all.stream().filter(bound::contains).toList();
	}

	private record Found(List<BeanDefinition> definitions, List<PropertiesBean> beans,
			Map<ConfigurationPropertyName, List<PropertiesBean>> byPrefix) {

		Found(List<BeanDefinition> definitions, List<PropertiesBean> beans) {
			this(definitions, beans, beans.stream().collect(Collectors.groupingBy(PropertiesBean::prefix)));
		}

		/** By identity, as it takes long to compare the content of definitions. */
		boolean isOf(List<BeanDefinition> current) {
			if (this.definitions.size() != current.size()) {
				return false;
			}
			for (int i = 0; i < current.size(); i++) {
				if (this.definitions.get(i) != current.get(i)) {
					return false;
				}
			}
			return true;
		}

	}

	/**
	 * A bean that is bound to properties.
	 *
	 * @param name name of the bean, of the target if it is behind a scoped proxy
	 * @param type its class, or what is known of that before it exists
	 * @param prefix prefix of the names of its properties
	 * @param immutable whether it is bound by its constructor
	 * @param factoryMethod whether the annotation is on its factory method
	 */
	record PropertiesBean(String name, Class<?> type, ConfigurationPropertyName prefix, boolean immutable,
			boolean factoryMethod) {

	}

}
