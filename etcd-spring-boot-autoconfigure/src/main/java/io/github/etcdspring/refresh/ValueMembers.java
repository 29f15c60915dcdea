package io.github.etcdspring.refresh;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Remembers where {@link Value @Value} has put properties into singletons: fields, and
 * methods with one parameter. What a constructor was given cannot be given again.
 */
final class ValueMembers implements BeanPostProcessor, BeanFactoryAware {

	private final Map<Class<?>, List<Annotated>> types = new ConcurrentHashMap<>();

	private final Queue<ValueMember> members = new ConcurrentLinkedQueue<>();

	private @Nullable ConfigurableListableBeanFactory beans;

	@Override
	public void setBeanFactory(BeanFactory factory) {
		this.beans = (ConfigurableListableBeanFactory) factory;
	}

	@Override
	public Object postProcessBeforeInitialization(Object bean, String name) {
		List<Annotated> found = this.types.computeIfAbsent(ClassUtils.getUserClass(bean), ValueMembers::find);
		ConfigurableListableBeanFactory beans = this.beans;
		if (!found.isEmpty() && beans != null && beans.containsBeanDefinition(name)
				&& beans.getMergedBeanDefinition(name).isSingleton()) {
			for (Annotated annotated : found) {
				this.members.add(new ValueMember(name, bean, annotated.member(), annotated.expression(),
						beans.resolveEmbeddedValue(annotated.expression())));
			}
		}
		return bean;
	}

	/**
	 * All of them whose bean is still there.
	 */
	List<ValueMember> all() {
		this.members.removeIf(ValueMember::gone);
		return new ArrayList<>(this.members);
	}

	private static List<Annotated> find(Class<?> type) {
		if (!AnnotationUtils.isCandidateClass(type, Value.class)) {
			return List.of();
		}
		List<Annotated> found = new ArrayList<>();
		ReflectionUtils.doWithFields(type, (field) -> {
			if (!Modifier.isFinal(field.getModifiers())) {
				add(field, field, found);
			}
		});
		for (Method method : ReflectionUtils.getUniqueDeclaredMethods(type)) {
			if (method.getParameterCount() == 1 && !method.isBridge() && !add(method, method, found)
					&& AnnotatedElementUtils.hasAnnotation(method, Autowired.class)) {
				add(method, method.getParameters()[0], found);
			}
		}
		return List.copyOf(found);
	}

	private static boolean add(Member member, AnnotatedElement element, List<Annotated> found) {
		Value value = AnnotatedElementUtils.getMergedAnnotation(element, Value.class);
		if (value == null || Modifier.isStatic(member.getModifiers())) {
			return false;
		}
		if (value.value().contains("${")) {
			found.add(new Annotated(member, value.value()));
		}
		return true;
	}

	private record Annotated(Member member, String expression) {

	}

}
