package io.github.etcdspring.resilience;

import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.ConfigurationCondition;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Condition of {@link ConditionalOnRegistry}.
 */
final class OnRegistryCondition extends SpringBootCondition implements ConfigurationCondition {

	@Override
	public ConfigurationPhase getConfigurationPhase() {
		return ConfigurationPhase.REGISTER_BEAN;
	}

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		String name = metadata.getAnnotations().get(ConditionalOnRegistry.class).getString("value");
		ConditionMessage.Builder message = ConditionMessage.forCondition(ConditionalOnRegistry.class, name);
		return (RegistryBeans.isDefined(context.getRegistry(), name))
				? ConditionOutcome.match(message.because("Resilience4j defines it"))
				: ConditionOutcome.noMatch(message.because("Resilience4j does not define it"));
	}

}
