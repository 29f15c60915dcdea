package io.github.etcdspring.fleet;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLConnection;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;

import io.github.etcdspring.fleet.MetadataReader.Item;
import io.github.etcdspring.refresh.PropertiesBeans;
import io.github.etcdspring.refresh.PropertiesBeans.PropertiesBean;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.validation.annotation.Validated;

/**
 * Describes the configuration properties of an application: those of its beans and of its
 * libraries, except Spring's and the starter's. Names, types and constraints are those of
 * the classes; descriptions are those of the metadata that the annotation processor of
 * Spring Boot has generated.
 */
final class ApplicationProperties {

	private static final Log logger = LogFactory.getLog(ApplicationProperties.class);

	private static final String METADATA = "META-INF/spring-configuration-metadata.json";

	private static final ConfigurationPropertyName STARTER = ConfigurationPropertyName.of("spring.cloud.etcd");

	/** Last segments of the names of properties whose default is not published. */
	private static final Pattern SECRET = Pattern
		.compile(".*(password|passwd|passphrase|secret|token|credential|key)s?");

	private final ConfigurableListableBeanFactory beans;

	private final PropertyConstraints constraints;

	/**
	 * Create a description.
	 * @param beans the beans of the application
	 * @param constraints finds the constraints of validated beans
	 */
	ApplicationProperties(ConfigurableListableBeanFactory beans, PropertyConstraints constraints) {
		this.beans = beans;
		this.constraints = constraints;
	}

	/**
	 * Describe the properties. No bean is created.
	 * @return the properties
	 */
	DescribedProperties describe() {
		BoundProperties bound = new BoundProperties();
		for (PropertiesBean bean : new PropertiesBeans(this.beans).all()) {
			try {
				if (isOwn(bean)) {
					boolean validated = this.beans.findAnnotationOnBean(bean.name(), Validated.class, false) != null;
					bound.add(bean.type(), bean.prefix().toString(), bean.immutable(),
							(validated) ? this.constraints : PropertyConstraints.NONE);
				}
			}
			catch (RuntimeException | LinkageError ex) {
				logger.warn("The properties of the bean '" + bean.name() + "' are not published completely", ex);
			}
		}
		Map<String, FleetProperty> described = new TreeMap<>(bound.properties());
		for (Item item : metadata(bound)) {
			described.compute(item.name(), (name, property) -> merge(item.property(), property));
		}
		return new DescribedProperties(List.copyOf(bound.prefixes()),
				described.values().stream().map(ApplicationProperties::withoutSecret).toList());
	}

	private boolean isOwn(PropertiesBean bean) {
		if (STARTER.equals(bean.prefix()) || STARTER.isAncestorOf(bean.prefix())) {
			return false;
		}
		Class<?> source = bean.type();
		if (bean.factoryMethod()) {
			BeanDefinition definition = this.beans.getMergedBeanDefinition(bean.name());
			Method method = (definition instanceof RootBeanDefinition root) ? root.getResolvedFactoryMethod() : null;
			source = (method != null) ? method.getDeclaringClass() : source;
		}
		return !source.getName().startsWith("org.springframework.");
	}

	/** The type in the metadata may be that of an unresolved type parameter. */
	private static FleetProperty merge(FleetProperty item, @Nullable FleetProperty bound) {
		if (bound == null) {
			return new FleetProperty(item.name(), item.type(), item.description(), item.defaultValue(),
					item.deprecation(), List.of(), List.of());
		}
		return new FleetProperty(item.name(), bound.type(),
				(item.description() != null) ? item.description() : bound.description(),
				(item.defaultValue() != null) ? item.defaultValue() : bound.defaultValue(),
				(item.deprecation() != null) ? item.deprecation() : bound.deprecation(), bound.values(),
				bound.constraints());
	}

	private static FleetProperty withoutSecret(FleetProperty property) {
		String last = property.name().substring(property.name().lastIndexOf('.') + 1);
		if (property.defaultValue() == null || !SECRET.matcher(last).matches()) {
			return property;
		}
		return new FleetProperty(property.name(), property.type(), property.description(), null, property.deprecation(),
				property.values(), property.constraints());
	}

	/**
	 * Read the metadata of the application and its libraries. A property that belongs to
	 * no class is included if it is described beside one of the found classes.
	 */
	private List<Item> metadata(BoundProperties bound) {
		List<Item> found = new ArrayList<>();
		ClassLoader classLoader = Objects.requireNonNullElseGet(this.beans.getBeanClassLoader(),
				ApplicationProperties.class::getClassLoader);
		try {
			for (URL url : Collections.list(classLoader.getResources(METADATA))) {
				List<Item> items = read(url);
				List<Item> own = items.stream()
					.filter((item) -> item.sourceType() != null && bound.contains(item.sourceType(), item.name()))
					.toList();
				found.addAll(own);
				if (!own.isEmpty()) {
					found.addAll(items.stream().filter((item) -> item.sourceType() == null).toList());
				}
			}
		}
		catch (IOException ex) {
			logger.debug("Failed to find configuration metadata", ex);
		}
		return found;
	}

	private static List<Item> read(URL url) {
		try {
			URLConnection connection = url.openConnection();
			// a cached jar would remain open
			connection.setUseCaches(false);
			try (InputStream stream = connection.getInputStream()) {
				return MetadataReader.read(stream).items();
			}
		}
		catch (IOException | IllegalArgumentException ex) {
			logger.debug("Failed to read configuration metadata from " + url, ex);
			return List.of();
		}
	}

}
