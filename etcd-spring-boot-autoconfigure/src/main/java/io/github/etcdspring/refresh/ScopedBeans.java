package io.github.etcdspring.refresh;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.github.etcdspring.refresh.PropertiesBeans.PropertiesBean;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.cloud.context.scope.refresh.RefreshScope;
import org.springframework.cloud.context.scope.refresh.RefreshScopeRefreshedEvent;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Rehearses and recreates the refresh-scoped beans that a change affects: those that have
 * read a changed property, or depend on a bean that is bound to one.
 */
final class ScopedBeans {

	private static final Log logger = LogFactory.getLog(ScopedBeans.class);

	private final ConfigurableApplicationContext context;

	private final ConfigurableListableBeanFactory beans;

	private final @Nullable RefreshScope scope;

	/** The known lookups of beans during their creation, by the name of the bean. */
	private final Map<String, BeanLookups> beanLookups = new ConcurrentHashMap<>();

	/** Beans that could not be recreated after their last change. */
	private final Set<String> pending = ConcurrentHashMap.newKeySet();

	ScopedBeans(ConfigurableApplicationContext context, @Nullable RefreshScope scope) {
		this.context = context;
		this.beans = context.getBeanFactory();
		this.scope = scope;
	}

	List<String> pending() {
		return List.copyOf(this.pending);
	}

	/**
	 * Create a second instance of each bean that a change affects.
	 * @param rehearsalContext creates the instances
	 * @param candidate the environment with the change
	 * @param changes the changed properties
	 * @param properties the beans that are bound to them
	 * @return names of the affected beans
	 * @throws RejectedConfigurationException if one of them cannot be created
	 */
	List<String> rehearse(RehearsalContext rehearsalContext, CandidateEnvironment candidate, PropertyChanges changes,
			List<PropertiesBean> properties) throws RejectedConfigurationException {
		if (!(this.scope instanceof EtcdRefreshScope own)) {
			return List.of();
		}
		Set<String> changed = names(properties);
		Set<String> affected = new LinkedHashSet<>(this.pending);
		affected.addAll(affected(own, changes, candidate.candidate(), changed));
		Rehearsal rehearsal = new Rehearsal(own, rehearsalContext, candidate, changes, affected);
		for (String name : List.copyOf(affected)) {
			rehearsal.create(name);
		}
		if (!changed.isEmpty()) {
			for (String name : own.refreshable()) {
				if (!affected.contains(name) && looksUp(name, changed, rehearsal)) {
					affected.add(name);
				}
			}
		}
		rehearsal.requireSuccess();
		return new ArrayList<>(affected);
	}

	private static Set<String> names(List<PropertiesBean> properties) {
		Set<String> names = new HashSet<>();
		for (PropertiesBean bean : properties) {
			names.add(bean.name());
			names.add(ScopedInstance.beanName(bean.name()));
		}
		return names;
	}

	/**
	 * Return the beans that depend on changed properties, including beans under creation.
	 * @param scope the scope
	 * @param changes the changed properties
	 * @param current the configuration with the changes
	 * @param changed names of the beans bound to changed properties
	 * @return names of the target beans, each after those that it depends on
	 */
	private List<String> affected(EtcdRefreshScope scope, PropertyChanges changes, Configuration current,
			Set<String> changed) {
		Map<String, Integer> affected = new HashMap<>();
		for (String name : scope.refreshable()) {
			boolean affectedByLookup = scope.isAffected(name, changes, current);
			if (affectedByLookup || !changed.isEmpty()) {
				Set<String> dependencies = new HashSet<>();
				addDependencies(name, dependencies);
				if (affectedByLookup || !Collections.disjoint(dependencies, changed)) {
					affected.put(name, dependencies.size());
				}
			}
		}
		return affected.entrySet().stream().sorted(Map.Entry.comparingByValue()).map(Map.Entry::getKey).toList();
	}

	/** Includes the bean itself, and targets of scoped proxies. */
	private void addDependencies(String name, Set<String> dependencies) {
		if (dependencies.add(name)) {
			for (String dependency : this.beans.getDependenciesForBean(name)) {
				addDependencies(dependency, dependencies);
			}
			String target = ScopedProxyUtils.getTargetBeanName(name);
			if (this.beans.containsBeanDefinition(target)) {
				addDependencies(target, dependencies);
			}
		}
	}

	private boolean looksUp(String name, Set<String> changed, Rehearsal rehearsal) {
		BeanDefinition definition = definition(name);
		BeanLookups known = this.beanLookups.get(name);
		if (known == null || known.definition() != definition) {
			if (definition != null && BeanLookups.arePossible(this.beans, name, definition)) {
				return rehearsal.explore(name, changed);
			}
			this.beanLookups.put(name, new BeanLookups(definition, Set.of()));
			return false;
		}
		if (Collections.disjoint(known.beans(), changed)) {
			return false;
		}
		rehearsal.create(name);
		return true;
	}

	private @Nullable BeanDefinition definition(String name) {
		return (this.beans.containsBeanDefinition(name)) ? this.beans.getMergedBeanDefinition(name) : null;
	}

	/**
	 * Recreate beans after a change has been applied.
	 * @param names names of the beans that have been rehearsed
	 * @param changes the changed properties
	 * @param properties the beans that are bound to them
	 * @param current the configuration in use
	 * @return whether all of them could be created
	 */
	boolean renew(List<String> names, PropertyChanges changes, List<PropertiesBean> properties, Configuration current) {
		RefreshScope scope = this.scope;
		if (scope == null) {
			return true;
		}
		try {
			if (!(scope instanceof EtcdRefreshScope own)) {
				scope.refreshAll();
				return true;
			}
			// again, as a bean may have been created between rehearsal and commit
			Set<String> affected = new LinkedHashSet<>(affected(own, changes, current, names(properties)));
			affected.addAll(names);
			Set<String> failed = own.renew(affected);
			this.pending.removeAll(affected);
			this.pending.addAll(failed);
			// as Commons does after each refresh; the routes of a gateway depend on it
			this.context.publishEvent(new RefreshScopeRefreshedEvent());
			return failed.isEmpty();
		}
		catch (RuntimeException | Error ex) {
			this.pending.addAll(names);
			logger.error("Failed to recreate refresh-scoped beans, which keep their last instances: "
					+ FailureCause.location(ex));
			return false;
		}
	}

	/**
	 * Creates each instance at most once, and injects the new instances into each other.
	 */
	private final class Rehearsal {

		private final EtcdRefreshScope scope;

		private final RehearsalContext rehearsalContext;

		private final CandidateEnvironment candidate;

		private final PropertyChanges changes;

		private final Set<String> affected;

		private final Map<String, Object> instances = new HashMap<>();

		private final Set<String> started = new HashSet<>();

		private @Nullable RejectedConfigurationException rejection;

		Rehearsal(EtcdRefreshScope scope, RehearsalContext rehearsalContext, CandidateEnvironment candidate,
				PropertyChanges changes, Set<String> affected) {
			this.scope = scope;
			this.rehearsalContext = rehearsalContext;
			this.candidate = candidate;
			this.changes = changes;
			this.affected = affected;
		}

		/** Create a bean that the change affects. A failure rejects the change. */
		void create(String name) {
			RejectedConfigurationException failure = create(name, new HashSet<>());
			this.rejection = (failure != null) ? failure : this.rejection;
		}

		/**
		 * Create a bean to find out whether the change affects it.
		 * @param name its name
		 * @param changed names of the beans that change
		 * @return whether it looks up any of them
		 */
		boolean explore(String name, Set<String> changed) {
			Set<String> beanLookups = new HashSet<>();
			RejectedConfigurationException failure = create(name, beanLookups);
			boolean affected = !Collections.disjoint(beanLookups, changed);
			if (failure != null && affected) {
				this.rejection = failure;
			}
			else if (failure != null) {
				logger.debug("A second instance of refresh-scoped bean '" + ScopedInstance.beanName(name)
						+ "' cannot be created: " + failure.getMessage());
			}
			return affected;
		}

		private @Nullable RejectedConfigurationException create(String name, Set<String> beanLookups) {
			Object replacement = this.rehearsalContext.get(name);
			if (replacement != null) {
				this.instances.put(name, replacement);
				this.started.add(name);
				return null;
			}
			if (!this.started.add(name)) {
				return null;
			}
			PropertyLookups propertyLookups = new PropertyLookups();
			try {
				this.instances.put(name, this.scope.rehearse(this::find, () -> propertyLookups
					.during(() -> this.candidate.during(() -> this.rehearsalContext.create(name, beanLookups)))));
				ScopedBeans.this.beanLookups.put(name, new BeanLookups(definition(name), beanLookups));
				return null;
			}
			catch (RuntimeException | Error ex) {
				FailureCause.rethrowOutOfMemory(ex);
				return new RejectionReasons(ScopedInstance.beanName(name), this.candidate::property).ofCreation(ex,
						propertyLookups.names(), this.changes);
			}
		}

		private @Nullable Object find(String name) {
			if (this.affected.contains(name)) {
				create(name);
			}
			return this.instances.get(name);
		}

		void requireSuccess() throws RejectedConfigurationException {
			if (this.rejection != null) {
				throw this.rejection;
			}
		}

	}

}
