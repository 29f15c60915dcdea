package io.github.etcdspring.refresh;

import java.lang.reflect.Executable;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.github.etcdspring.refresh.ValueMember.Target;
import io.github.etcdspring.refresh.ValueMember.Values;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.aot.AotDetector;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanExpressionContext;
import org.springframework.beans.factory.config.BeanExpressionResolver;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.util.ClassUtils;
import org.springframework.util.PlaceholderResolutionException;

/**
 * Tracks the fields and methods of singletons that received properties by {@code @Value},
 * and updates those that a change affects.
 */
final class ValueFollower implements BeanPostProcessor, SmartInitializingSingleton {

	private static final Log logger = LogFactory.getLog(ValueFollower.class);

	private final ConfigurableListableBeanFactory beans;

	private final Map<Class<?>, List<Target>> types = new ConcurrentHashMap<>();

	private final Map<ConfigurationPropertyName, Set<ValueMember>> byName = new ConcurrentHashMap<>();

	/** Names of the tracked beans, recorded for the debug log only. */
	private final Set<String> tracked = ConcurrentHashMap.newKeySet();

	ValueFollower(ConfigurableListableBeanFactory beans) {
		this.beans = beans;
	}

	@Override
	public Object postProcessBeforeInitialization(Object bean, String name) {
		if (logger.isDebugEnabled()) {
			this.tracked.add(name);
		}
		BeanDefinition definition = (this.beans.containsBeanDefinition(name)) ? this.beans.getMergedBeanDefinition(name)
				: null;
		if (definition != null && definition.isSingleton() && mayHaveValues(definition)) {
			for (Target target : this.types.computeIfAbsent(ClassUtils.getUserClass(bean), ValueMember::find)) {
				index(new ValueMember(name, bean, target, evaluate(target.expressions())));
			}
		}
		return bean;
	}

	/**
	 * Spring has already searched the class for members to inject, unless they are
	 * injected by generated code. A second search would slow the start down.
	 */
	private static boolean mayHaveValues(BeanDefinition definition) {
		return !(definition instanceof RootBeanDefinition root) || AotDetector.useGeneratedArtifacts()
				|| !root.getExternallyManagedConfigMembers().isEmpty();
	}

	private Values evaluate(List<String> expressions) {
		PropertyLookups lookups = new PropertyLookups();
		List<@Nullable Object> results = lookups.during(() -> {
			List<@Nullable Object> found = new ArrayList<>();
			for (String expression : expressions) {
				String text = this.beans.resolveEmbeddedValue(expression);
				found.add((ValueMember.isOfEnvironment(expression)) ? evaluate(text, this.beans) : text);
			}
			return found;
		});
		return new Values(Collections.unmodifiableList(results), lookups.names());
	}

	private static @Nullable Object evaluate(@Nullable String text, ConfigurableListableBeanFactory beans) {
		BeanExpressionResolver resolver = beans.getBeanExpressionResolver();
		return (resolver != null) ? resolver.evaluate(text, new BeanExpressionContext(beans, null)) : text;
	}

	private void index(ValueMember member) {
		for (ConfigurationPropertyName name : member.values().lookups()) {
			this.byName.computeIfAbsent(name, (key) -> ConcurrentHashMap.newKeySet()).add(member);
		}
	}

	/**
	 * Log once which values do not follow changes: parameters of constructors and factory
	 * methods, and beans that were created before this bean post-processor.
	 */
	@Override
	public void afterSingletonsInstantiated() {
		if (!logger.isDebugEnabled()) {
			return;
		}
		Set<Member> members = new LinkedHashSet<>();
		for (String name : this.beans.getBeanDefinitionNames()) {
			if (this.beans.getMergedBeanDefinition(name) instanceof RootBeanDefinition definition
					&& definition.isSingleton()) {
				executables(definition).stream()
					.filter((executable) -> ValueMember
						.mayChange(ValueMember.parameterExpressions(executable.getParameters())))
					.forEach(members::add);
				Object early = (!this.tracked.contains(name)) ? this.beans.getSingleton(name) : null;
				if (early != null) {
					ValueMember.find(ClassUtils.getUserClass(early)).forEach((target) -> members.add(target.member()));
				}
			}
		}
		members.forEach(ValueMember::logNotFollowing);
		this.tracked.clear();
	}

	private static List<Executable> executables(RootBeanDefinition definition) {
		Method factoryMethod = definition.getResolvedFactoryMethod();
		if (factoryMethod != null) {
			return List.of(factoryMethod);
		}
		return (definition.hasBeanClass())
				? List.of(ClassUtils.getUserClass(definition.getBeanClass()).getDeclaredConstructors()) : List.of();
	}

	/**
	 * Return the members that have looked up given properties.
	 * @param names the names of the properties
	 * @return the members whose bean still exists
	 */
	private Set<ValueMember> membersOf(Collection<ConfigurationPropertyName> names) {
		Set<ValueMember> found = new LinkedHashSet<>();
		for (ConfigurationPropertyName name : names) {
			Set<ValueMember> members = this.byName.get(name);
			if (members != null) {
				members.removeIf((member) -> member.isGone() || !member.values().lookups().contains(name));
				found.addAll(members);
			}
		}
		return found;
	}

	/**
	 * Return the members of a bean.
	 * @param bean the bean
	 * @return its members
	 */
	Set<ValueMember> membersOf(Object bean) {
		Set<ValueMember> found = new LinkedHashSet<>();
		this.byName.values()
			.forEach((members) -> members.stream().filter((member) -> member.isOf(bean)).forEach(found::add));
		return found;
	}

	/**
	 * Evaluate and convert the values that a change affects.
	 * @param rehearsalContext evaluates them
	 * @param candidate the environment with the change
	 * @param changes the changed properties
	 * @return the updates
	 * @throws RejectedConfigurationException if a value cannot be resolved or converted
	 */
	List<Runnable> prepare(RehearsalContext rehearsalContext, CandidateEnvironment candidate, PropertyChanges changes)
			throws RejectedConfigurationException {
		return prepare(rehearsalContext, candidate, membersOf(changes.withAncestors()), false);
	}

	/**
	 * Evaluate and convert the values of members.
	 * @param rehearsalContext evaluates them
	 * @param candidate the environment with the change
	 * @param members the members
	 * @param always whether to update members whose value is unchanged
	 * @return the updates
	 * @throws RejectedConfigurationException if a value cannot be resolved or converted
	 */
	List<Runnable> prepare(RehearsalContext rehearsalContext, CandidateEnvironment candidate,
			Collection<ValueMember> members, boolean always) throws RejectedConfigurationException {
		List<Runnable> prepared = new ArrayList<>();
		for (ValueMember member : members) {
			PropertyLookups lookups = new PropertyLookups();
			List<@Nullable Object> results = new ArrayList<>();
			for (String expression : member.expressions()) {
				results.add(resolve(member, expression, lookups, rehearsalContext, candidate));
			}
			Values values = new Values(Collections.unmodifiableList(results), lookups.names());
			if (always || !results.equals(member.values().results())) {
				@Nullable Object[] converted = convert(member, values, rehearsalContext, candidate);
				prepared.add(() -> set(member, converted, values));
			}
		}
		return prepared;
	}

	private @Nullable Object resolve(ValueMember member, String expression, PropertyLookups lookups,
			RehearsalContext rehearsalContext, CandidateEnvironment candidate) throws RejectedConfigurationException {
		try {
			return lookups.during(() -> {
				String text = rehearsalContext.beanFactory().resolveEmbeddedValue(expression);
				return (ValueMember.isOfEnvironment(expression)) ? evaluate(text, rehearsalContext.beanFactory())
						: text;
			});
		}
		catch (PlaceholderResolutionException ex) {
			throw missing(member, expression, ex.getPlaceholder(), lookups, candidate);
		}
		catch (RuntimeException ex) {
			throw new RejectedConfigurationException(key(lookups, candidate), member + " of the bean '" + member.bean()
					+ "' cannot be evaluated (" + FailureCause.type(ex) + ")");
		}
	}

	private static RejectedConfigurationException missing(ValueMember member, String expression, String placeholder,
			PropertyLookups lookups, CandidateEnvironment candidate) {
		String requiredBy = ", required by " + member + " of the bean '" + member.bean() + "'";
		if (expression.contains("${" + placeholder)) {
			return new RejectedConfigurationException(null,
					"the property " + placeholder + " is missing" + requiredBy + " without a default value");
		}
		return new RejectionReasons(member.bean(), candidate::property).unresolvable(placeholder, lookups.names(),
				requiredBy);
	}

	private @Nullable Object[] convert(ValueMember member, Values values, RehearsalContext rehearsalContext,
			CandidateEnvironment candidate) throws RejectedConfigurationException {
		@Nullable Object[] converted = new @Nullable Object[values.results().size()];
		for (int i = 0; i < converted.length; i++) {
			Object value = values.results().get(i);
			try {
				if (value instanceof String text && !ValueMember.isOfEnvironment(member.expressions().get(i))) {
					value = evaluate(text, rehearsalContext.beanFactory());
				}
				converted[i] = member.convert(i, value, this.beans.getTypeConverter());
			}
			catch (RuntimeException ex) {
				throw new RejectedConfigurationException(key(values.lookups(), candidate), member + " of the bean '"
						+ member.bean() + "' does not accept the value (" + FailureCause.type(ex) + ")");
			}
		}
		return converted;
	}

	private static @Nullable KeyOrigin key(PropertyLookups lookups, CandidateEnvironment candidate) {
		return key(lookups.names(), candidate);
	}

	private static @Nullable KeyOrigin key(Collection<ConfigurationPropertyName> lookups,
			CandidateEnvironment candidate) {
		return lookups.stream()
			.map((name) -> RejectionReasons.key(candidate.property(name)))
			.filter(Objects::nonNull)
			.findFirst()
			.orElse(null);
	}

	private void set(ValueMember member, @Nullable Object[] converted, Values values) {
		try {
			member.set(converted, values);
			index(member);
		}
		catch (RuntimeException | Error ex) {
			logger.error("Failed to set " + member + " of bean '" + member.bean()
					+ "', which keeps its previous value: " + FailureCause.type(ex));
		}
	}

}
