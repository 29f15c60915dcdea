package io.github.etcdspring.resilience;

import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * The rules of one kind, such as all circuit breakers, at one state of the environment.
 *
 * @param <C> the type of the configuration
 * @param configurations the shared configurations by name, always with the default
 * @param instances the configured instances by name
 */
record Rules<C>(Map<String, Rule<C>> configurations, Map<String, Rule<C>> instances) {

	static final String DEFAULT = "default";

	/**
	 * Return the configuration that Resilience4j uses for an instance without properties.
	 * @param name the name of the configuration
	 */
	RuleKey configuration(String name) {
		return new RuleKey(false, (this.configurations.containsKey(name)) ? name : DEFAULT);
	}

	@Nullable Rule<C> find(RuleKey key) {
		return ((key.instance()) ? this.instances : this.configurations).get(key.name());
	}

	Rule<C> get(RuleKey key) {
		return Objects.requireNonNull(find(key), () -> "No rule for " + key);
	}

	/**
	 * Return rules of the same names, some of them replaced.
	 * @param replacement returns the replacement
	 */
	Rules<C> map(BiFunction<RuleKey, Rule<C>, Rule<C>> replacement) {
		return new Rules<>(map(false, this.configurations, replacement), map(true, this.instances, replacement));
	}

	private static <C> Map<String, Rule<C>> map(boolean instance, Map<String, Rule<C>> rules,
			BiFunction<RuleKey, Rule<C>, Rule<C>> replacement) {
		return rules.entrySet()
			.stream()
			.collect(Collectors.toMap(Map.Entry::getKey,
					(rule) -> replacement.apply(new RuleKey(instance, rule.getKey()), rule.getValue())));
	}

	/**
	 * Identifies a rule.
	 *
	 * @param instance whether it belongs to one instance
	 * @param name the name of the instance or of the shared configuration
	 */
	record RuleKey(boolean instance, String name) {

	}

	/**
	 * A rule.
	 *
	 * @param <C> the type of the configuration
	 * @param values the effective properties, including inherited ones
	 * @param configuration the configuration made from them
	 */
	record Rule<C>(Map<String, Object> values, C configuration) {

		boolean hasSameEffect(Rule<C> other) {
			return this.values.equals(other.values);
		}

		/** Properties are not shown, as all values of the configuration. */
		@Override
		public String toString() {
			return "Rule[values=" + this.values.keySet() + "]";
		}

	}

}
