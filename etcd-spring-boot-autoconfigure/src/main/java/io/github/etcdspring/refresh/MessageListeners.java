package io.github.etcdspring.refresh;

import java.lang.reflect.AnnotatedElement;

import org.springframework.aop.support.AopUtils;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;

/**
 * Detects beans with message listeners, such as {@code @KafkaListener} methods. Their
 * containers are registered for each instance and never removed.
 */
final class MessageListeners {

	/** Meta-annotation of all listener annotations; a name, as the class is optional. */
	private static final String MESSAGE_MAPPING = "org.springframework.messaging.handler.annotation.MessageMapping";

	private MessageListeners() {
	}

	/**
	 * Whether the class of a bean or one of its methods is a message listener.
	 * @param bean the bean
	 */
	static boolean areDeclaredBy(Object bean) {
		Class<?> type = AopUtils.getTargetClass(bean);
		return isListener(type) || !MethodIntrospector.selectMethods(type, MessageListeners::isListener).isEmpty();
	}

	private static boolean isListener(AnnotatedElement element) {
		return MergedAnnotations.from(element, SearchStrategy.TYPE_HIERARCHY)
			.stream(MESSAGE_MAPPING)
			.anyMatch((annotation) -> annotation.getDistance() > 0);
	}

}
