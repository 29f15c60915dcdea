package io.github.etcdspring.loadbalancer;

import java.util.function.UnaryOperator;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.core.Ordered;

/**
 * Decorates the supplier that the load balancer uses.
 */
final class OutermostSupplierPostProcessor implements BeanPostProcessor, Ordered {

	/**
	 * Routing is below slow start, which must not leave out the only matching instance.
	 */
	static final int ROUTING = 0;

	static final int SLOW_START = 1;

	private final ConfigurableListableBeanFactory beans;

	private final int order;

	private final UnaryOperator<ServiceInstanceListSupplier> decorator;

	OutermostSupplierPostProcessor(ConfigurableListableBeanFactory beans, int order,
			UnaryOperator<ServiceInstanceListSupplier> decorator) {
		this.beans = beans;
		this.order = order;
		this.decorator = decorator;
	}

	@Override
	public int getOrder() {
		return this.order;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		return (bean instanceof ServiceInstanceListSupplier supplier && isOutermost(beanName))
				? this.decorator.apply(supplier) : bean;
	}

	/**
	 * With Spring Retry, a primary supplier delegates to another one. Both would apply
	 * the decorator twice.
	 */
	private boolean isOutermost(String beanName) {
		return this.beans.getBeanNamesForType(ServiceInstanceListSupplier.class, true, false).length == 1
				|| (this.beans.containsBeanDefinition(beanName)
						&& this.beans.getMergedBeanDefinition(beanName).isPrimary());
	}

}
