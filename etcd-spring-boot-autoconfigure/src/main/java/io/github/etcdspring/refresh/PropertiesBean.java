package io.github.etcdspring.refresh;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;

/**
 * A bean that is bound to properties.
 *
 * @param name name of the bean, of the target if it is behind a scoped proxy
 * @param type its class, or what is known of that before it exists
 * @param prefix what the names of its properties begin with
 * @param immutable whether it takes them by its constructor
 */
record PropertiesBean(String name, Class<?> type, ConfigurationPropertyName prefix, boolean immutable) {

}
