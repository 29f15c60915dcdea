package io.github.etcdspring.loadbalancer;

import java.time.Duration;

import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Matches unless the duration of the slow start is zero.
 */
final class OnSlowStartCondition extends SpringBootCondition {

	private static final String PROPERTY = "spring.cloud.etcd.loadbalancer.slow-start.duration";

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		Duration duration = Binder.get(context.getEnvironment()).bind(PROPERTY, Duration.class).orElse(null);
		ConditionMessage.Builder message = ConditionMessage.forCondition("Slow start");
		return (duration == null || duration.toMillis() > 0)
				? ConditionOutcome.match(message.because(PROPERTY + " is not zero"))
				: ConditionOutcome.noMatch(message.because(PROPERTY + " is zero"));
	}

}
