package io.github.etcdspring.loadbalancer;

import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Matches where calls are to be retried: unless it is disabled, or left to the retries of
 * Resilience4j that the application configures.
 */
final class OnCallRetryCondition extends SpringBootCondition {

	private static final String PROPERTY = "spring.cloud.etcd.loadbalancer.retry.enabled";

	private static final String RESILIENCE4J = "resilience4j.retry";

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		ConditionMessage.Builder message = ConditionMessage.forCondition("Retry of calls");
		Environment environment = context.getEnvironment();
		Boolean enabled = environment.getProperty(PROPERTY, Boolean.class);
		if (enabled != null) {
			return new ConditionOutcome(enabled, message.because(PROPERTY + "=" + enabled));
		}
		boolean configured = Binder.get(environment)
			.bind(RESILIENCE4J, Bindable.mapOf(String.class, Object.class))
			.isBound();
		return (configured) ? ConditionOutcome.noMatch(message.because(RESILIENCE4J + " is configured"))
				: ConditionOutcome.match(message.because(RESILIENCE4J + " is not configured"));
	}

}
