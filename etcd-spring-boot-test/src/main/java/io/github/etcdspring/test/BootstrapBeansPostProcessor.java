package io.github.etcdspring.test;

import java.lang.reflect.Method;
import java.util.LinkedHashMap;
import java.util.Map;

import org.testcontainers.containers.GenericContainer;
import org.testcontainers.lifecycle.Startable;
import org.testcontainers.utility.TestcontainersConfiguration;

import org.springframework.beans.factory.annotation.AnnotatedBeanDefinition;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.core.type.MethodMetadata;

/**
 * Makes bean definitions of the application context return beans that were already
 * created for an import, so that only one container exists and the application context
 * owns it.
 */
final class BootstrapBeansPostProcessor implements BeanFactoryPostProcessor {

	private final Map<String, Object> beans = new LinkedHashMap<>();

	void add(Method method, Object bean) {
		this.beans.put(key(method.getDeclaringClass().getName(), method.getName()), bean);
	}

	private static String key(String type, String method) {
		return type + "#" + method;
	}

	@Override
	public void postProcessBeanFactory(ConfigurableListableBeanFactory beanFactory) {
		for (String name : beanFactory.getBeanDefinitionNames()) {
			BeanDefinition definition = beanFactory.getBeanDefinition(name);
			MethodMetadata method = (definition instanceof AnnotatedBeanDefinition annotated)
					? annotated.getFactoryMethodMetadata() : null;
			if (method != null && definition instanceof AbstractBeanDefinition factoryMethod) {
				Object bean = this.beans.get(key(method.getDeclaringClassName(), method.getMethodName()));
				if (bean != null) {
					factoryMethod.setInstanceSupplier(() -> bean);
				}
			}
		}
	}

	/**
	 * Stop the containers, except reusable ones.
	 */
	void stop() {
		for (Object bean : this.beans.values()) {
			if (bean instanceof Startable startable && !isReused(bean)) {
				startable.stop();
			}
		}
	}

	private static boolean isReused(Object bean) {
		return bean instanceof GenericContainer<?> container && container.isShouldBeReused()
				&& TestcontainersConfiguration.getInstance().environmentSupportsReuse();
	}

}
