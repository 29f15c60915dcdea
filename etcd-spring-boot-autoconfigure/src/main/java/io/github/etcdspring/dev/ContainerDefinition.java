package io.github.etcdspring.dev;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Objects;

import org.jspecify.annotations.Nullable;
import org.testcontainers.containers.Container;

import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.testcontainers.beans.TestcontainerBeanDefinition;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.util.ReflectionUtils;

/**
 * Defines a bean for a declaration that Spring Boot has not read yet. Nothing but use
 * creates it, and nothing destroys it.
 */
@SuppressWarnings("serial")
final class ContainerDefinition extends RootBeanDefinition implements TestcontainerBeanDefinition {

	private final MergedAnnotations annotations;

	private final @Nullable String imageName;

	private ContainerDefinition(AnnotatedElement element, @Nullable String imageName) {
		this.annotations = MergedAnnotations.from(element);
		this.imageName = imageName;
		setLazyInit(true);
		setDestroyMethodName("");
	}

	static ContainerDefinition of(Field field) {
		ReflectionUtils.makeAccessible(field);
		Container<?> container = (Container<?>) Objects.requireNonNull(ReflectionUtils.getField(field, null),
				field::toString);
		ContainerDefinition definition = new ContainerDefinition(field, container.getDockerImageName());
		definition.setBeanClass(container.getClass());
		definition.setInstanceSupplier(() -> container);
		return definition;
	}

	static ContainerDefinition of(Method method, String configuration) {
		ContainerDefinition definition = new ContainerDefinition(method, null);
		if (Modifier.isStatic(method.getModifiers())) {
			definition.setBeanClass(method.getDeclaringClass());
		}
		else {
			definition.setFactoryBeanName(configuration);
		}
		definition.setResolvedFactoryMethod(method);
		definition.setAutowireMode(AUTOWIRE_CONSTRUCTOR);
		return definition;
	}

	@Override
	public @Nullable String getContainerImageName() {
		return this.imageName;
	}

	@Override
	public MergedAnnotations getAnnotations() {
		return this.annotations;
	}

}
