package io.github.etcdspring.test;

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
 * Bean definition of a declared container in the temporary context. The container is
 * created lazily on first use and never destroyed by this context.
 */
@SuppressWarnings("serial")
final class ContainerBeanDefinition extends RootBeanDefinition implements TestcontainerBeanDefinition {

	private final MergedAnnotations annotations;

	private final @Nullable String imageName;

	private ContainerBeanDefinition(AnnotatedElement element, @Nullable String imageName) {
		this.annotations = MergedAnnotations.from(element);
		this.imageName = imageName;
		setLazyInit(true);
		setDestroyMethodName("");
	}

	static ContainerBeanDefinition of(Field field) {
		ReflectionUtils.makeAccessible(field);
		Container<?> container = (Container<?>) Objects.requireNonNull(ReflectionUtils.getField(field, null),
				field::toString);
		ContainerBeanDefinition definition = new ContainerBeanDefinition(field, container.getDockerImageName());
		definition.setBeanClass(container.getClass());
		definition.setInstanceSupplier(() -> container);
		return definition;
	}

	static ContainerBeanDefinition of(Method method, String configuration) {
		ContainerBeanDefinition definition = new ContainerBeanDefinition(method, null);
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
