package io.github.etcdspring.refresh;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration for {@link LiveProperties}, which can be injected whether there is
 * configuration in etcd or not.
 *
 * @since 0.1.0
 */
@AutoConfiguration
public final class EtcdLivePropertiesAutoConfiguration {

	private static final String INSTANCES = "etcdLiveInstances";

	@Bean(INSTANCES)
	LiveInstances etcdLiveInstances(BeanFactory beans, ObjectProvider<ContextRefresh> refresh) {
		return new LiveInstances(beans, refresh);
	}

	@Bean
	static LivePropertiesRegistrar etcdLivePropertiesRegistrar() {
		return new LivePropertiesRegistrar(INSTANCES);
	}

}
