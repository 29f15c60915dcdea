package io.github.etcdspring.resilience;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.WeakHashMap;

import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedConfigurationException;
import io.github.etcdspring.resilience.Rules.Rule;
import io.github.etcdspring.resilience.Rules.RuleKey;
import io.github.resilience4j.common.CompositeCustomizer;
import io.github.resilience4j.common.CustomizerWithName;
import io.github.resilience4j.core.ConfigurationNotFoundException;
import io.github.resilience4j.core.Registry;
import io.github.resilience4j.core.registry.AbstractRegistry;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.env.Environment;
import org.springframework.util.ReflectionUtils;

/**
 * Makes the instances in one registry of Resilience4j follow their properties. An
 * instance whose effective properties remain the same is left alone, with all that it has
 * counted.
 *
 * @param <P> the type of the properties
 * @param <I> the type of the properties of one instance
 * @param <E> the type of the instances
 * @param <C> the type of their configuration
 */
abstract class RegistryFollower<P, I, E, C> {

	static final String CONFIGURATIONS_FIELD = "configurations";

	private static final Log logger = LogFactory.getLog(RegistryFollower.class);

	/** Properties that are read elsewhere, and do not change how an instance works. */
	private static final Set<String> IGNORED = Set.of("getClass", "getBaseConfig", "getEventConsumerBufferSize",
			"getRegisterHealthIndicator", "getAllowHealthIndicatorToFail", "getSubscribeForEvents",
			"getIgnoreClassBindingExceptions");

	private final String kind;

	private final ConfigurationPropertyName prefix;

	private final Class<P> type;

	private final Environment environment;

	private final Registry<E, C> registry;

	private final Set<String> customized;

	/**
	 * The rule that each configuration in use was made from. Guarded by this object, as
	 * the field below.
	 */
	private final Map<C, Source> sources = new WeakHashMap<>();

	private @Nullable Rules<C> rules;

	/**
	 * Create a follower.
	 * @param kind what the instances are called in messages
	 * @param prefix the prefix of their properties
	 * @param type the type of their properties
	 * @param environment the environment
	 * @param registry the registry, behind all proxies
	 * @param customizers the customizers of configurations
	 */
	RegistryFollower(String kind, String prefix, Class<P> type, Environment environment, Registry<E, C> registry,
			CompositeCustomizer<? extends CustomizerWithName> customizers) {
		this.kind = kind;
		this.prefix = ConfigurationPropertyName.of(prefix);
		this.type = type;
		this.environment = environment;
		this.registry = registry;
		this.customized = customizers.instanceNames();
	}

	abstract Map<String, I> configurations(P properties);

	abstract Map<String, I> instances(P properties);

	abstract @Nullable String baseConfiguration(I properties);

	/**
	 * Create a configuration as Resilience4j does when it starts.
	 * @param properties all properties
	 * @param name the name of the instance or configuration
	 * @param own its properties, {@code null} if it is only customized
	 */
	abstract C createConfiguration(P properties, String name, @Nullable I own);

	abstract C defaultConfiguration();

	abstract Collection<E> entries();

	abstract String name(E entry);

	abstract C configuration(E entry);

	/**
	 * Add an instance to the registry, which is announced to its event consumers.
	 */
	abstract void add(String name, C configuration);

	/**
	 * Change the configuration of an instance in place.
	 * @return whether this is possible; otherwise the instance is replaced
	 */
	boolean change(E entry, C configuration) {
		return false;
	}

	/**
	 * Create the successor of an instance, with the same name and tags.
	 */
	abstract E replacement(E entry, C configuration);

	/**
	 * Return the configuration that a configuration inherits from if it does not name
	 * one.
	 */
	@Nullable String implicitBase(Map<String, I> configurations, String name, @Nullable I own) {
		return (!name.equals(Rules.DEFAULT) && configurations.containsKey(Rules.DEFAULT)) ? Rules.DEFAULT : null;
	}

	/**
	 * Remember which configurations the registry was created with. Called once, before
	 * the first change.
	 */
	synchronized void start() {
		try {
			Rules<C> read = read(this.environment, Set.of());
			Rules<C> rules = read.map((key, rule) -> {
				C used = (key.instance()) ? this.registry.find(key.name()).map(this::configuration).orElse(null)
						: this.registry.getConfiguration(key.name()).orElse(null);
				return (used != null) ? new Rule<>(rule.values(), used) : rule;
			});
			remember(rules);
			this.rules = rules;
		}
		catch (RejectedConfigurationException ex) {
			keepConfiguration(ex.getMessage());
		}
		catch (BindException ex) {
			keepConfiguration("the property " + ex.getName() + " cannot be bound");
		}
	}

	private void remember(Rules<C> rules) {
		Rules<C> unused = rules.map((key, rule) -> {
			this.sources.put(rule.configuration(), new Source(key, rule.values()));
			return rule;
		});
	}

	/**
	 * Create all configurations of a candidate.
	 * @param candidate the candidate
	 * @param changed names of the changed properties
	 * @throws RejectedConfigurationException if a configuration cannot be created
	 */
	void check(Environment candidate, Set<String> changed) throws RejectedConfigurationException {
		if (concerns(changed)) {
			try {
				Rules<C> unused = read(candidate, changed);
			}
			catch (BindException ex) {
				requireEachBindable(candidate, changed);
				// otherwise the dry run of the properties bean finds the reason
			}
		}
	}

	/**
	 * Find the property that a setter of Resilience4j does not accept, which binding only
	 * reports for the instance as a whole.
	 */
	private void requireEachBindable(Environment candidate, Set<String> changed) throws RejectedConfigurationException {
		for (String name : changed.stream().filter((name) -> isWithin(this.prefix, name)).sorted().toList()) {
			String value = candidate.getProperty(name);
			if (value != null) {
				try {
					P unused = new Binder(new MapConfigurationPropertySource(Map.of(name, value)))
						.bindOrCreate(this.prefix.toString(), this.type);
				}
				catch (BindException ex) {
					throw new RejectedConfigurationException(
							KeyOrigin.of(candidate, ConfigurationPropertyName.adapt(name, '.')),
							"Resilience4j does not accept the value of " + name + " ("
									+ NestedExceptionUtils.getMostSpecificCause(ex).getClass().getName() + ")");
				}
			}
		}
	}

	boolean concerns(Set<String> changed) {
		return changed.stream().anyMatch((name) -> isWithin(this.prefix, name));
	}

	private static boolean isWithin(ConfigurationPropertyName ancestor, String name) {
		return ancestor.isAncestorOf(ConfigurationPropertyName.adapt(name, '.'));
	}

	/**
	 * Read the rules of an environment, which creates each configuration.
	 * @param environment the environment
	 * @param changed names of the changed properties, to find the key at fault
	 * @return the rules
	 * @throws RejectedConfigurationException if a configuration cannot be created
	 */
	final Rules<C> read(Environment environment, Set<String> changed) throws RejectedConfigurationException {
		P properties = Binder.get(environment).bindOrCreate(this.prefix.toString(), this.type);
		Faults faults = new Faults(environment, changed);
		Map<String, Rule<C>> configurations = new LinkedHashMap<>();
		for (Map.Entry<String, I> own : new TreeMap<>(configurations(properties)).entrySet()) {
			configurations.put(own.getKey(), rule(properties, own.getKey(), own.getValue(), "configs", faults));
		}
		configurations.computeIfAbsent(Rules.DEFAULT, (name) -> new Rule<>(Map.of(), defaultConfiguration()));
		Map<String, Rule<C>> instances = new LinkedHashMap<>();
		for (Map.Entry<String, I> own : new TreeMap<>(instances(properties)).entrySet()) {
			instances.put(own.getKey(), rule(properties, own.getKey(), own.getValue(), "instances", faults));
		}
		for (String name : this.customized) {
			if (!configurations.containsKey(name) && !instances.containsKey(name)) {
				instances.put(name, rule(properties, name, null, "instances", faults));
			}
		}
		return new Rules<>(configurations, instances);
	}

	private Rule<C> rule(P properties, String name, @Nullable I own, String group, Faults faults)
			throws RejectedConfigurationException {
		// before the configuration is created, which copies inherited properties
		Map<String, Object> values = values(configurations(properties), name, own);
		try {
			return new Rule<>(values, createConfiguration(properties, name, own));
		}
		catch (ConfigurationNotFoundException ex) {
			throw faults.rejection(group, name, "inherits from a configuration that does not exist");
		}
		catch (StackOverflowError ex) {
			throw faults.rejection(group, name, "inherits from itself");
		}
		catch (RuntimeException ex) {
			throw faults.rejection(group, name,
					"cannot be created (" + NestedExceptionUtils.getMostSpecificCause(ex).getClass().getName() + ")");
		}
	}

	private Map<String, Object> values(Map<String, I> configurations, String name, @Nullable I own) {
		Map<String, Object> values = new HashMap<>();
		Set<String> visited = new HashSet<>();
		String currentName = name;
		I current = own;
		while (true) {
			if (current != null) {
				addValues(current, values);
			}
			String named = (current != null) ? baseConfiguration(current) : null;
			String base = (named != null && !named.isEmpty()) ? named
					: implicitBase(configurations, currentName, current);
			if (base == null || !visited.add(base) || !configurations.containsKey(base)) {
				return values;
			}
			currentName = base;
			current = configurations.get(base);
		}
	}

	private static void addValues(Object properties, Map<String, Object> values) {
		for (Method method : properties.getClass().getMethods()) {
			boolean getter = method.getName().startsWith("get") || method.getName().startsWith("is");
			if (getter && method.getParameterCount() == 0 && !Modifier.isStatic(method.getModifiers())
					&& !IGNORED.contains(method.getName())) {
				Object value = ReflectionUtils.invokeMethod(method, properties);
				if (value != null) {
					values.putIfAbsent(method.getName(),
							(value instanceof Object[] array) ? Arrays.asList(array) : value);
				}
			}
		}
	}

	/**
	 * Apply the rules of the environment.
	 */
	synchronized void follow() {
		Rules<C> former = this.rules;
		if (former == null) {
			return;
		}
		try {
			Rules<C> next = read(this.environment, Set.of()).map((key, rule) -> {
				Rule<C> same = former.find(key);
				return (same != null && same.hasSameEffect(rule)) ? same : rule;
			});
			this.rules = next;
			remember(next);
			updateConfigurations(former, next);
			for (E entry : entries()) {
				attempt(name(entry), () -> update(entry, former, next));
			}
			next.instances().forEach((name, rule) -> {
				if (!former.instances().containsKey(name) && this.registry.find(name).isEmpty()) {
					attempt(name, () -> add(name, rule.configuration()));
				}
			});
		}
		catch (RejectedConfigurationException ex) {
			keepConfiguration(ex.getMessage());
		}
		catch (BindException ex) {
			keepConfiguration("the property " + ex.getName() + " cannot be bound");
		}
	}

	/** Event consumers of the application are called, and may fail. */
	private void attempt(String name, Runnable change) {
		try {
			change.run();
		}
		catch (RuntimeException ex) {
			logger.error("Failed to change the " + this.kind + " '" + name + "': "
					+ NestedExceptionUtils.getMostSpecificCause(ex).getClass().getName());
		}
	}

	private void keepConfiguration(@Nullable String reason) {
		logger.warn("Resilience4j keeps its configuration of each " + this.kind + ": " + reason);
	}

	private void updateConfigurations(Rules<C> former, Rules<C> next) {
		next.configurations().forEach((name, rule) -> {
			if (rule != former.configurations().get(name)) {
				if (name.equals(Rules.DEFAULT)) {
					if (!DefaultConfiguration.set(this.registry, rule.configuration())) {
						keepConfiguration("the default of this registry cannot be changed");
					}
				}
				else {
					this.registry.addConfiguration(name, rule.configuration());
				}
			}
		});
		former.configurations()
			.keySet()
			.stream()
			.filter((name) -> !next.configurations().containsKey(name))
			.forEach(this.registry::removeConfiguration);
	}

	private void update(E entry, Rules<C> former, Rules<C> next) {
		String name = name(entry);
		C used = configuration(entry);
		Source source = this.sources.get(used);
		RuleKey key;
		if (next.instances().containsKey(name)) {
			key = new RuleKey(true, name);
		}
		else if (source != null) {
			key = next.configuration(source.key().name());
		}
		else {
			// configured by code
			return;
		}
		Rule<C> rule = next.get(key);
		Rule<C> before = former.find(key);
		Map<String, Object> values = (source != null) ? source.values() : (before != null) ? before.values() : null;
		if (rule.values().equals(values)) {
			// a shared configuration may be in use by other instances
			if (source == null || source.key().instance()) {
				this.sources.put(used, new Source(key, rule.values()));
			}
		}
		else if (change(entry, rule.configuration())) {
			this.sources.put(configuration(entry), new Source(key, rule.values()));
		}
		else {
			this.registry.replace(name, replacement(entry, rule.configuration()));
		}
	}

	/**
	 * The rule that a configuration was made from.
	 *
	 * @param key identifies the rule
	 * @param values its effective properties
	 */
	private record Source(RuleKey key, Map<String, Object> values) {

	}

	/**
	 * Finds the key at fault.
	 */
	private final class Faults {

		private final Environment environment;

		private final List<String> changed;

		Faults(Environment environment, Set<String> changed) {
			this.environment = environment;
			this.changed = changed.stream().sorted().toList();
		}

		RejectedConfigurationException rejection(String group, String name, String reason) {
			ConfigurationPropertyName own = ConfigurationPropertyName
				.adapt(RegistryFollower.this.prefix + "." + group + "." + name, '.');
			KeyOrigin origin = origin(own);
			return new RejectedConfigurationException((origin != null) ? origin : origin(RegistryFollower.this.prefix),
					"the " + RegistryFollower.this.kind + ((group.equals("configs")) ? " configuration '" : " '") + name
							+ "' " + reason);
		}

		private @Nullable KeyOrigin origin(ConfigurationPropertyName ancestor) {
			return this.changed.stream()
				.filter((name) -> isWithin(ancestor, name))
				.map((name) -> KeyOrigin.of(this.environment, ConfigurationPropertyName.adapt(name, '.')))
				.filter(Objects::nonNull)
				.findFirst()
				.orElse(null);
		}

	}

	/**
	 * Replaces the default configuration of a registry, for which Resilience4j has no
	 * method.
	 */
	private static final class DefaultConfiguration {

		private static final @Nullable Field FIELD = ReflectionUtils.findField(AbstractRegistry.class,
				CONFIGURATIONS_FIELD);

		private DefaultConfiguration() {
		}

		@SuppressWarnings("unchecked")
		static <C> boolean set(Registry<?, C> registry, C configuration) {
			if (FIELD == null || !(registry instanceof AbstractRegistry)) {
				return false;
			}
			ReflectionUtils.makeAccessible(FIELD);
			Map<String, C> configurations = (Map<String, C>) ReflectionUtils.getField(FIELD, registry);
			Objects.requireNonNull(configurations).put(Rules.DEFAULT, configuration);
			return true;
		}

	}

}
