package io.github.etcdspring.refresh;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;

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
