package io.github.etcdspring.refresh;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

import io.github.etcdspring.refresh.BeanUpdate.SetterFailedException;
import io.github.etcdspring.refresh.PropertiesBeans.PropertiesBean;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.ConfigurationPropertiesBindException;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;

/**
 * Updates beans that are bound to properties. Mutable beans are updated in place;
 * immutable ones are replaced in their {@link LiveProperties} holder.
 */
final class PropertiesFollower {

	private static final Log logger = LogFactory.getLog(PropertiesFollower.class);

	private final ConfigurableApplicationContext context;

	private final ConfigurableListableBeanFactory factory;

	private final PropertiesBeans beans;

	private final LiveInstances instances;

	private final Set<String> warned = ConcurrentHashMap.newKeySet();

	PropertiesFollower(ConfigurableApplicationContext context, LiveInstances instances) {
		this.context = context;
		this.factory = context.getBeanFactory();
		this.beans = new PropertiesBeans(this.factory);
		this.instances = instances;
	}

	List<PropertiesBean> all() {
		return this.beans.all();
	}

	/**
	 * Return the beans that a change affects.
	 * @param changes the change
	 * @return the beans
	 */
	List<PropertiesBean> affected(PropertyChanges changes) {
		return this.beans.boundTo(changes.names());
	}

	/**
	 * Bind second instances of beans to a candidate, and plan the updates of the beans in
	 * use.
	 * @param affected the beans
	 * @param standIn creates a stand-in for a bean in use
	 * @param rehearsalContext creates instances bound to the candidate
	 * @param candidate the candidate
	 * @param changes the changed properties
	 * @return the updates
	 * @throws RejectedConfigurationException if a bean cannot be created or bound, or is
	 * not valid
	 */
	List<Runnable> prepare(List<PropertiesBean> affected, Function<PropertiesBean, Object> standIn,
			RehearsalContext rehearsalContext, CandidateEnvironment candidate, PropertyChanges changes)
			throws RejectedConfigurationException {
		List<Runnable> prepared = new ArrayList<>();
		Set<String> never = neverRefreshed();
		for (PropertiesBean bean : affected) {
			if (!isAnyOf(never, bean)) {
				prepare(bean, singleton(bean), standIn, rehearsalContext, candidate, changes, prepared);
			}
		}
		return prepared;
	}

	/**
	 * Update beans one by one. A bean that fails keeps its properties.
	 * @param affected the beans
	 * @param rehearsalContext creates second instances
	 * @param current the current environment
	 * @param changes the changed properties
	 * @return the failures by the name of the bean
	 */
	Map<String, RejectedConfigurationException> follow(List<PropertiesBean> affected, RehearsalContext rehearsalContext,
			CandidateEnvironment current, PropertyChanges changes) {
		Map<String, RejectedConfigurationException> failures = new LinkedHashMap<>();
		for (PropertiesBean bean : affected) {
			try {
				List<Runnable> prepared = prepare(List.of(bean), rehearsalContext::bind, rehearsalContext, current,
						changes);
				prepared.forEach(Runnable::run);
			}
			catch (RejectedConfigurationException ex) {
				failures.put(bean.name(), ex);
			}
		}
		return failures;
	}

	/**
	 * Update a bean that was created while changes were applied.
	 * @param name its name
	 * @param instance the bean
	 * @param rehearsalContext creates a second instance
	 * @param current the current environment
	 * @param changes the properties that have changed meanwhile, {@code null} if they are
	 * not known
	 * @throws RejectedConfigurationException if the bean cannot be updated
	 */
	void catchUp(String name, Object instance, RehearsalContext rehearsalContext, CandidateEnvironment current,
			@Nullable PropertyChanges changes) throws RejectedConfigurationException {
		for (PropertiesBean bean : this.beans.all()) {
			if (bean.name().equals(name) && !bean.immutable() && !isAnyOf(neverRefreshed(), bean)) {
				PropertyChanges relevant = (changes != null) ? changes : new PropertyChanges(Comparison.names(current));
				if (!relevant.below(bean.prefix()).isEmpty()) {
					List<Runnable> prepared = new ArrayList<>();
					prepare(bean, target(instance), rehearsalContext::bind, rehearsalContext, current, relevant,
							prepared);
					prepared.forEach(Runnable::run);
				}
			}
		}
	}

	private void prepare(PropertiesBean bean, @Nullable Object live, Function<PropertiesBean, Object> standIn,
			RehearsalContext rehearsalContext, CandidateEnvironment candidate, PropertyChanges changes,
			List<Runnable> prepared) throws RejectedConfigurationException {
		Object fresh = bind(bean, standIn, rehearsalContext, candidate, changes);
		if (fresh == null) {
			return;
		}
		Map<ConfigurationPropertyName, Object> bound = rehearsalContext.boundValues();
		if (bean.immutable()) {
			prepared.add(() -> this.instances.replace(bean.name(), fresh));
			return;
		}
		if (live != null) {
			BeanUpdate update = plan(bean, standIn, fresh, bound, changes.below(bean.prefix()), candidate);
			prepared.add(() -> update.applyTo(live)
				.forEach((name, failure) -> logger.error("Failed to set property " + name + " of bean '" + bean.name()
						+ "', which keeps its previous value: " + FailureCause.type(failure))));
			if (this.instances.isUsed(bean.name())) {
				Object held = bind(bean, standIn, rehearsalContext, candidate, changes);
				if (held != null) {
					// it stays in use and must not be destroyed
					rehearsalContext.detach();
					prepared.add(() -> this.instances.replace(bean.name(), held));
				}
			}
		}
		rehearsalContext.put(bean.name(), fresh);
	}

	private BeanUpdate plan(PropertiesBean bean, Function<PropertiesBean, Object> standIn, Object fresh,
			Map<ConfigurationPropertyName, Object> bound, List<ConfigurationPropertyName> names,
			CandidateEnvironment candidate) throws RejectedConfigurationException {
		try {
			return BeanUpdate.plan(standIn.apply(bean), fresh, () -> standIn.apply(bean), bound, names, bean.prefix());
		}
		catch (SetterFailedException ex) {
			throw new RejectedConfigurationException(
					RejectionReasons.key(candidate.property(PropertyChanges.name(ex.property()))),
					"the property " + ex.property() + " of the bean '" + bean.name() + "' cannot be set ("
							+ FailureCause.type(ex) + ")");
		}
		catch (RuntimeException | Error ex) {
			FailureCause.rethrowOutOfMemory(ex);
			throw new RejectionReasons(bean.name(), candidate::property).ofBinding(ex, names);
		}
	}

	private @Nullable Object bind(PropertiesBean bean, Function<PropertiesBean, Object> standIn,
			RehearsalContext rehearsalContext, CandidateEnvironment candidate, PropertyChanges changes)
			throws RejectedConfigurationException {
		PropertyLookups lookups = new PropertyLookups();
		try {
			return lookups.during(() -> candidate.during(() -> rehearsalContext.bind(bean)));
		}
		catch (RuntimeException | Error ex) {
			FailureCause.rethrowOutOfMemory(ex);
			RejectionReasons rejection = new RejectionReasons(bean.name(), candidate::property);
			if (isBinding(ex)) {
				throw rejection.ofBinding(ex, changes.below(bean.prefix()));
			}
			if (canBeCreated(bean, standIn)) {
				throw rejection.ofCreation(ex, lookups.names(), changes);
			}
			if (this.warned.add(bean.name())) {
				logger.warn("Bean '" + bean.name()
						+ "' does not follow configuration changes, because no second instance of "
						+ bean.type().getName() + " can be created (" + FailureCause.type(ex)
						+ "). Make it @RefreshScope, or add a constructor without parameters");
			}
			return null;
		}
	}

	/** Whether a second instance can be created without the candidate. */
	private static boolean canBeCreated(PropertiesBean bean, Function<PropertiesBean, Object> standIn) {
		try {
			Object unused = standIn.apply(bean);
			return true;
		}
		catch (RuntimeException | Error ex) {
			FailureCause.rethrowOutOfMemory(ex);
			return false;
		}
	}

	private static boolean isBinding(Throwable failure) {
		return FailureCause.find(ConfigurationPropertiesBindException.class, failure) != null
				|| FailureCause.find(BindException.class, failure) != null;
	}

	/** Returns the beans that Spring Cloud Commons does not refresh either. */
	private Set<String> neverRefreshed() {
		return StringUtils.commaDelimitedListToSet(this.context.getEnvironment()
			.getProperty("spring.cloud.refresh.never-refreshable", "com.zaxxer.hikari.HikariDataSource"));
	}

	private boolean isAnyOf(Set<String> namesOrTypes, PropertiesBean bean) {
		if (namesOrTypes.contains(bean.name()) || namesOrTypes.contains(bean.type().getName())) {
			return true;
		}
		Object live = singleton(bean);
		return live != null && namesOrTypes.contains(ClassUtils.getUserClass(live).getName());
	}

	/**
	 * Return the instance in use, behind all proxies.
	 */
	private @Nullable Object singleton(PropertiesBean bean) {
		boolean exists = this.factory.containsSingleton(bean.name()) && this.factory.isSingleton(bean.name());
		Object instance = (exists) ? this.factory.getSingleton(bean.name()) : null;
		return (instance != null) ? target(instance) : null;
	}

	private static Object target(Object instance) {
		Object target = instance;
		for (Object next = target; next != null; next = AopProxyUtils.getSingletonTarget(target)) {
			target = next;
		}
		return target;
	}

	/**
	 * Replace the instance in the holder of a bean.
	 * @param bean the bean
	 * @param instance the instance
	 */
	void hold(PropertiesBean bean, Object instance) {
		this.instances.replace(bean.name(), instance);
	}

	/**
	 * Return the beans with the given names.
	 * @param names the names
	 * @return the beans
	 */
	List<PropertiesBean> named(Collection<String> names) {
		return this.beans.all().stream().filter((bean) -> names.contains(bean.name())).toList();
	}

}
