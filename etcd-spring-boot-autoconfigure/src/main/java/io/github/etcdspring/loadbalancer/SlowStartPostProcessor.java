package io.github.etcdspring.loadbalancer;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;

/**
 * Decorates the supplier that the load balancer uses with a
 * {@link SlowStartInstanceListSupplier}.
 */
final class SlowStartPostProcessor implements BeanPostProcessor {

	private final ConfigurableListableBeanFactory beans;

	private final ObjectProvider<SlowStart> slowStart;

	SlowStartPostProcessor(ConfigurableListableBeanFactory beans, ObjectProvider<SlowStart> slowStart) {
		this.beans = beans;
		this.slowStart = slowStart;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		return (bean instanceof ServiceInstanceListSupplier supplier && isOutermost(beanName))
				? new SlowStartInstanceListSupplier(supplier, this.slowStart.getObject()) : bean;
	}

	/**
	 * With Spring Retry, a primary supplier delegates to another one. Both would square
	 * the share.
	 */
	private boolean isOutermost(String beanName) {
		return this.beans.getBeanNamesForType(ServiceInstanceListSupplier.class, true, false).length == 1
				|| (this.beans.containsBeanDefinition(beanName)
						&& this.beans.getMergedBeanDefinition(beanName).isPrimary());
	}

}
