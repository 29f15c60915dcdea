package io.github.etcdspring.refresh;

import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.Aware;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.ObjectFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * The beans that a bean looks up during its creation, beyond the dependencies that the
 * bean factory knows.
 *
 * @param definition the bean definition, {@code null} if there is none
 * @param beans names of the beans
 */
record BeanLookups(@Nullable BeanDefinition definition, Set<String> beans) {

	/**
	 * Return whether a bean may have dependencies that the bean factory does not know.
	 * @param beans the bean factory
	 * @param name the name of the bean
	 * @param definition its definition
	 */
	static boolean arePossible(ConfigurableListableBeanFactory beans, String name, BeanDefinition definition) {
		Class<?> type = beans.getType(BeanFactory.FACTORY_BEAN_PREFIX + name, false);
		if (beans.isTypeMatch(BeanFactory.FACTORY_BEAN_PREFIX + name, FactoryBean.class)) {
			return true;
		}
		type = (type != null) ? type : beans.getType(name, false);
		if (type != null && arePossible(type)) {
			return true;
		}
		Method factoryMethod = (definition instanceof RootBeanDefinition root) ? root.getResolvedFactoryMethod() : null;
		return factoryMethod != null && (arePossible(factoryMethod) || arePossible(factoryMethod.getDeclaringClass()));
	}

	private static boolean arePossible(Class<?> type) {
		Class<?> userType = ClassUtils.getUserClass(type);
		if (Aware.class.isAssignableFrom(userType)) {
			return true;
		}
		for (Class<?> current = userType; current != null
				&& current != Object.class; current = current.getSuperclass()) {
			for (Field field : current.getDeclaredFields()) {
				if (isLookup(field.getType())
						|| isExpression(AnnotatedElementUtils.getMergedAnnotation(field, Value.class))) {
					return true;
				}
			}
			for (Executable constructor : current.getDeclaredConstructors()) {
				if (arePossible(constructor)) {
					return true;
				}
			}
		}
		for (Method method : ReflectionUtils.getUniqueDeclaredMethods(userType)) {
			if (isExpression(AnnotatedElementUtils.getMergedAnnotation(method, Value.class))
					|| (method.getName().startsWith("set") && arePossible(method))) {
				return true;
			}
		}
		return false;
	}

	private static boolean arePossible(Executable executable) {
		for (Parameter parameter : executable.getParameters()) {
			if (isLookup(parameter.getType())
					|| isExpression(AnnotatedElementUtils.getMergedAnnotation(parameter, Value.class))) {
				return true;
			}
		}
		return false;
	}

	private static boolean isLookup(Class<?> type) {
		return BeanFactory.class.isAssignableFrom(type) || ObjectFactory.class.isAssignableFrom(type)
				|| type.getName().equals("jakarta.inject.Provider");
	}

	private static boolean isExpression(@Nullable Value value) {
		return value != null && value.value().contains("#{");
	}

}
