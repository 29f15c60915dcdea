package io.github.etcdspring.refresh;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;

/**
 * The beans bound to properties. Those with setters get what has changed, the immutable
 * ones are had anew from their live holder.
 */
final class PropertiesFollower implements Follower {

	private static final Log logger = LogFactory.getLog(PropertiesFollower.class);

	private final ConfigurableApplicationContext context;

	private final ConfigurableListableBeanFactory factory;

	private final PropertiesBeans beans;

	private final LiveInstances instances;

	private final Set<String> complaints = ConcurrentHashMap.newKeySet();

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
	 * Beans that a change has to do with.
	 * @param changes the change
	 * @return the beans
	 */
	List<PropertiesBean> affected(Changes changes) {
		if (changes.isEmpty()) {
			return List.of();
		}
		return this.beans.all().stream().filter((bean) -> !changes.beneath(bean.prefix()).isEmpty()).toList();
	}

	@Override
	public Runnable prepare(CandidateEnvironment candidate, Changes changes) throws RejectedCandidateException {
		List<PropertiesBean> affected = affected(changes);
		List<Runnable> prepared = new ArrayList<>();
		if (!affected.isEmpty()) {
			try (Rehearsal rehearsal = new Rehearsal(this.context, candidate)) {
				for (PropertiesBean bean : affected) {
					prepared.add(prepare(bean, rehearsal, changes));
				}
			}
		}
		return () -> prepared.forEach(Runnable::run);
	}

	/**
	 * Let beans follow one by one, those that cannot staying what they are.
	 * @param candidate the environment with the change
	 * @param changes what has changed
	 * @return why beans cannot follow, by their name
	 */
	Map<String, RejectedCandidateException> follow(CandidateEnvironment candidate, Changes changes) {
		Map<String, RejectedCandidateException> failures = new LinkedHashMap<>();
		List<PropertiesBean> affected = affected(changes);
		if (!affected.isEmpty()) {
			try (Rehearsal rehearsal = new Rehearsal(this.context, candidate)) {
				for (PropertiesBean bean : affected) {
					try {
						prepare(bean, rehearsal, changes).run();
					}
					catch (RejectedCandidateException ex) {
						failures.put(bean.name(), ex);
					}
				}
			}
		}
		return failures;
	}

	/**
	 * Bind another instance of a bean, if the one in use goes on changing.
	 * @param name name of the bean
	 * @param candidate what to bind it to
	 * @return the instance, {@code null} if none can be had or need be
	 */
	@Nullable Object another(String name, CandidateEnvironment candidate) {
		for (PropertiesBean bean : this.beans.all()) {
			if (bean.name().equals(name) && !bean.immutable()) {
				try (Rehearsal rehearsal = new Rehearsal(this.context, candidate)) {
					return rehearsal.bind(bean, type(bean), Changes.NONE);
				}
				catch (RejectedCandidateException ex) {
					return null;
				}
			}
		}
		return null;
	}

	private Runnable prepare(PropertiesBean bean, Rehearsal rehearsal, Changes changes)
			throws RejectedCandidateException {
		if (neverRefreshed(bean)) {
			return () -> {
			};
		}
		Object fresh = rehearsal.bind(bean, type(bean), changes);
		if (fresh == null) {
			if (this.complaints.add(bean.name())) {
				logger.warn("The bean '" + bean.name() + "' does not follow the configuration, as there is no way to "
						+ "create another instance of " + bean.type().getName()
						+ ". Give it a constructor without parameters, or put it into the refresh scope");
			}
			return () -> {
			};
		}
		List<ConfigurationPropertyName> names = changes.beneath(bean.prefix());
		return () -> {
			this.instances.replace(bean.name(), fresh);
			Object live = singleton(bean);
			if (live != null && !bean.immutable()) {
				new PropertyCopy(bean.name(), fresh, names, bean.prefix().getNumberOfElements()).to(live);
			}
		};
	}

	/** The same beans are left alone that Commons leaves alone. */
	private boolean neverRefreshed(PropertiesBean bean) {
		Set<String> never = StringUtils.commaDelimitedListToSet(this.context.getEnvironment()
			.getProperty("spring.cloud.refresh.never-refreshable", "com.zaxxer.hikari.HikariDataSource"));
		return never.contains(bean.name()) || never.contains(type(bean).getName());
	}

	private Class<?> type(PropertiesBean bean) {
		Object live = (bean.immutable()) ? null : singleton(bean);
		return (live != null) ? ClassUtils.getUserClass(live) : bean.type();
	}

	/**
	 * The instance in use, behind all proxies, {@code null} if there is none to change.
	 */
	private @Nullable Object singleton(PropertiesBean bean) {
		Object instance = (this.factory.isSingleton(bean.name())) ? this.factory.getSingleton(bean.name()) : null;
		Object target = instance;
		while (target != null) {
			instance = target;
			target = AopProxyUtils.getSingletonTarget(instance);
		}
		return instance;
	}

}
