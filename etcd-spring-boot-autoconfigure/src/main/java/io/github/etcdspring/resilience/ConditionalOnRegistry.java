package io.github.etcdspring.resilience;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.context.annotation.Conditional;

/**
 * Matches if Resilience4j defines the registry. One that the application defines is
 * configured by its code.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Conditional(OnRegistryCondition.class)
@interface ConditionalOnRegistry {

	/**
	 * Name of the bean.
	 */
	String value();

}
