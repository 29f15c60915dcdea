package io.github.etcdspring.refresh;

import io.github.etcdspring.refresh.PropertiesBeans.PropertiesBean;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.config.RuntimeBeanReference;
import org.springframework.beans.factory.support.AutowireCandidateQualifier;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.BeanDefinitionRegistryPostProcessor;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.core.Ordered;
import org.springframework.core.ResolvableType;

/**
 * Defines a {@link LiveProperties} for each bean that is bound to properties. None is
 * created unless somebody asks for it.
 */
final class LivePropertiesRegistrar implements BeanDefinitionRegistryPostProcessor, Ordered {

	private static final String SUFFIX = ".live";

	private final String instances;

	/**
	 * Create a registrar.
	 * @param instances name of the bean that knows the newest instances
	 */
	LivePropertiesRegistrar(String instances) {
		this.instances = instances;
	}

	@Override
	public void postProcessBeanDefinitionRegistry(BeanDefinitionRegistry registry) {
		// All are defined only after that
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
		definition.getConstructorArgumentValues().addIndexedArgumentValue(0, new RuntimeBeanReference(this.instances));
		definition.getConstructorArgumentValues().addIndexedArgumentValue(1, bean.name());
		definition.addQualifier(new AutowireCandidateQualifier(Qualifier.class, ScopedInstance.beanName(bean.name())));
		definition.setPrimary(target.isPrimary());
		definition.setLazyInit(true);
		return definition;
	}

	@Override
	public int getOrder() {
		return Ordered.LOWEST_PRECEDENCE;
	}

}
