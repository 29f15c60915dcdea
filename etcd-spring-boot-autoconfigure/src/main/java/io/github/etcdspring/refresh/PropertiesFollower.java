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
	List<PropertiesBean> affected(Changes changes) {
		return this.beans.boundTo(changes.names());
	}

	/**
	 * Bind other instances of beans to a candidate, and plan how the beans in use become
	 * like them.
	 * @param affected the beans
	 * @param standIn creates a stand-in for a bean in use
	 * @param stage where to create them, with the candidate
	 * @param candidate the candidate
	 * @param changes what changes
	 * @return the updates
	 * @throws RejectedCandidateException if a bean cannot be created or bound, or is not
	 * valid
	 */
	List<Runnable> prepare(List<PropertiesBean> affected, Function<PropertiesBean, Object> standIn, Stage stage,
			CandidateEnvironment candidate, Changes changes) throws RejectedCandidateException {
		List<Runnable> prepared = new ArrayList<>();
		Set<String> never = neverRefreshed();
		for (PropertiesBean bean : affected) {
			if (!isAnyOf(never, bean)) {
				prepare(bean, singleton(bean), standIn, stage, candidate, changes, prepared);
			}
		}
		return prepared;
	}

	/**
	 * Let beans follow one by one; those that cannot keep their properties.
	 * @param affected the beans
	 * @param stage where to create them
	 * @param current the environment as it is
	 * @param changes what has changed
	 * @return why beans cannot follow, by their name
	 */
	Map<String, RejectedCandidateException> follow(List<PropertiesBean> affected, Stage stage,
			CandidateEnvironment current, Changes changes) {
		Map<String, RejectedCandidateException> failures = new LinkedHashMap<>();
		for (PropertiesBean bean : affected) {
			try {
				List<Runnable> prepared = prepare(List.of(bean), stage::bind, stage, current, changes);
				prepared.forEach(Runnable::run);
			}
			catch (RejectedCandidateException ex) {
				failures.put(bean.name(), ex);
			}
		}
		return failures;
	}

	/**
	 * Let a bean follow that was created while changes were applied.
	 * @param name its name
	 * @param instance the bean
	 * @param stage where to create another one
	 * @param current the environment as it is
	 * @param changes what has changed meanwhile, {@code null} if that is not known
	 * @throws RejectedCandidateException if it cannot follow
	 */
	void catchUp(String name, Object instance, Stage stage, CandidateEnvironment current, @Nullable Changes changes)
			throws RejectedCandidateException {
		for (PropertiesBean bean : this.beans.all()) {
			if (bean.name().equals(name) && !bean.immutable() && !isAnyOf(neverRefreshed(), bean)) {
				Changes relevant = (changes != null) ? changes : new Changes(Comparison.names(current));
				if (!relevant.beneath(bean.prefix()).isEmpty()) {
					List<Runnable> prepared = new ArrayList<>();
					prepare(bean, target(instance), stage::bind, stage, current, relevant, prepared);
					prepared.forEach(Runnable::run);
				}
			}
		}
	}

	private void prepare(PropertiesBean bean, @Nullable Object live, Function<PropertiesBean, Object> standIn,
			Stage stage, CandidateEnvironment candidate, Changes changes, List<Runnable> prepared)
			throws RejectedCandidateException {
		Object fresh = bind(bean, standIn, stage, candidate, changes);
		if (fresh == null) {
			return;
		}
		Map<ConfigurationPropertyName, Object> bound = stage.boundValues();
		if (bean.immutable()) {
			prepared.add(() -> this.instances.replace(bean.name(), fresh));
			return;
		}
		if (live != null) {
			BeanUpdate update = plan(bean, standIn, fresh, bound, changes.beneath(bean.prefix()), candidate);
			prepared.add(() -> update.applyTo(live)
				.forEach((name, failure) -> logger.error("The property " + name + " of the bean '" + bean.name()
						+ "' keeps its former value, as it cannot be set (" + Rejection.kind(failure) + ")")));
			if (this.instances.isUsed(bean.name())) {
				Object held = bind(bean, standIn, stage, candidate, changes);
				if (held != null) {
					// it is in use from now on
					stage.detach();
					prepared.add(() -> this.instances.replace(bean.name(), held));
				}
			}
		}
		stage.put(bean.name(), fresh);
	}

	private BeanUpdate plan(PropertiesBean bean, Function<PropertiesBean, Object> standIn, Object fresh,
			Map<ConfigurationPropertyName, Object> bound, List<ConfigurationPropertyName> names,
			CandidateEnvironment candidate) throws RejectedCandidateException {
		try {
			return BeanUpdate.plan(standIn.apply(bean), fresh, () -> standIn.apply(bean), bound, names, bean.prefix());
		}
		catch (SetterFailedException ex) {
			throw new RejectedCandidateException(Rejection.key(candidate.property(Changes.name(ex.property()))),
					"the property " + ex.property() + " of the bean '" + bean.name() + "' cannot be set ("
							+ Rejection.kind(ex) + ")");
		}
		catch (RuntimeException | Error ex) {
			Rejection.requireMemory(ex);
			throw new Rejection(bean.name(), candidate::property).because(ex, names);
		}
	}

	private @Nullable Object bind(PropertiesBean bean, Function<PropertiesBean, Object> standIn, Stage stage,
			CandidateEnvironment candidate, Changes changes) throws RejectedCandidateException {
		AskedNames asked = new AskedNames();
		try {
			return asked.during(() -> candidate.during(() -> stage.bind(bean)));
		}
		catch (RuntimeException | Error ex) {
			Rejection.requireMemory(ex);
			Rejection rejection = new Rejection(bean.name(), candidate::property);
			if (isBinding(ex)) {
				throw rejection.because(ex, changes.beneath(bean.prefix()));
			}
			if (canBeCreated(bean, standIn)) {
				throw rejection.ofCreation(ex, asked.names(), changes);
			}
			if (this.warned.add(bean.name())) {
				logger
					.warn("Bean '" + bean.name() + "' does not follow the configuration, because no other instance of "
							+ bean.type().getName() + " can be created (" + Rejection.kind(ex)
							+ "). Put it into the refresh scope, or let it have a constructor without parameters");
			}
			return null;
		}
	}

	/** Whether the candidate is at fault, and not that there can be only one instance. */
	private static boolean canBeCreated(PropertiesBean bean, Function<PropertiesBean, Object> standIn) {
		try {
			Object unused = standIn.apply(bean);
			return true;
		}
		catch (RuntimeException | Error ex) {
			Rejection.requireMemory(ex);
			return false;
		}
	}

	private static boolean isBinding(Throwable failure) {
		return Rejection.find(ConfigurationPropertiesBindException.class, failure) != null
				|| Rejection.find(BindException.class, failure) != null;
	}

	/** The same beans are left alone that Commons leaves alone. */
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
	 * Let the holder of a bean have a newer instance.
	 * @param bean the bean
	 * @param instance the instance
	 */
	void hold(PropertiesBean bean, Object instance) {
		this.instances.replace(bean.name(), instance);
	}

	/**
	 * Return the beans among some that have a name.
	 * @param names the names
	 * @return the beans
	 */
	List<PropertiesBean> named(Collection<String> names) {
		return this.beans.all().stream().filter((bean) -> names.contains(bean.name())).toList();
	}

}
