package io.github.etcdspring.refresh;

import io.github.etcdspring.refresh.PropertiesBeans.PropertiesBean;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.config.RuntimeBeanReference;
import org.springframework.beans.factory.support.AutowireCandidateQualifier;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.ResolvableType;

/**
 * Auto-configuration for {@link LiveProperties}, which can be injected with or without
 * configuration from etcd.
 *
 * @since 0.1.0
 */
@AutoConfiguration
public final class EtcdLivePropertiesAutoConfiguration {

	private static final String INSTANCES = "etcdLiveInstances";

	@Bean(INSTANCES)
	LiveInstances etcdLiveInstances(BeanFactory beans, ObjectProvider<ContextRefresh> etcdContextRefresh) {
		return new LiveInstances(beans, etcdContextRefresh);
	}

	@Bean
	static BeanDefinitionRegistryPostProcessor etcdLivePropertiesRegistrar() {
		return new Registrar();
	}

	/**
	 * Defines a {@link LiveProperties} bean for each bean that is bound to properties,
	 * created on demand.
	 */
	private static final class Registrar implements BeanDefinitionRegistryPostProcessor, Ordered {

		private static final String SUFFIX = ".live";

		@Override
		public void postProcessBeanDefinitionRegistry(BeanDefinitionRegistry registry) {
			// Too early: not all beans are defined yet
		}

		@Override
		public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
			if (beans instanceof BeanDefinitionRegistry registry) {
				for (PropertiesBean bean : new PropertiesBeans(beans).all()) {
					String name = bean.name() + SUFFIX;
					if (!registry.containsBeanDefinition(name)) {
						registry.registerBeanDefinition(name, define(bean, beans.getBeanDefinition(bean.name())));
						beans.registerDependentBean(bean.name(), name);
					}
				}
			}
		}

		private BeanDefinition define(PropertiesBean bean, BeanDefinition target) {
			RootBeanDefinition definition = new RootBeanDefinition(LiveInstances.Holder.class);
			definition.setTargetType(ResolvableType.forClassWithGenerics(LiveInstances.Holder.class, bean.type()));
			definition.getConstructorArgumentValues().addIndexedArgumentValue(0, new RuntimeBeanReference(INSTANCES));
			definition.getConstructorArgumentValues().addIndexedArgumentValue(1, bean.name());
			definition
				.addQualifier(new AutowireCandidateQualifier(Qualifier.class, ScopedInstance.beanName(bean.name())));
			definition.setPrimary(target.isPrimary());
			definition.setLazyInit(true);
			return definition;
		}

		@Override
		public int getOrder() {
			return Ordered.LOWEST_PRECEDENCE;
		}

	}

}
