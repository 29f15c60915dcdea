package io.github.etcdspring.refresh;

import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReadWriteLock;

import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.ObjectFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.cloud.context.scope.refresh.RefreshScope;
import org.springframework.context.aot.AbstractAotProcessor;

/**
 * The refresh scope, whose beans are each made from one configuration, and which knows
 * what each of them was made from.
 */
final class EtcdRefreshScope extends RefreshScope {

	private final LiveConfiguration store;

	private final Map<String, Creation> creations = new ConcurrentHashMap<>();

	EtcdRefreshScope(LiveConfiguration store) {
		this.store = store;
	}

	/**
	 * The proxies that hold back a release during a call refer to this scope, which
	 * generated code cannot. Spring's own do without.
	 */
	@Override
	public void postProcessBeanDefinitionRegistry(BeanDefinitionRegistry registry) {
		if (!Boolean.getBoolean(AbstractAotProcessor.AOT_PROCESSING)) {
			super.postProcessBeanDefinitionRegistry(registry);
		}
	}

	@Override
	public Object get(String name, ObjectFactory<?> factory) {
		java.util.function.Function<String, @org.jspecify.annotations.Nullable Object> f = this.instances.get();
		Object instance = (f != null) ? f.apply(name) : null;
		return (instance != null) ? instance : super.get(name, () -> create(name, factory));
	}

	private Object create(String name, ObjectFactory<?> factory) {
		Creation creation = new Creation(this.store.current(), new AskedNames());
		this.creations.put(name, creation);
		return creation.asked().during(factory::getObject);
	}

	/**
	 * Let go of a bean, unless a call to it goes on for too long.
	 * @param name name of the bean
	 * @param patience how long to wait for calls to end
	 * @return whether the next call finds another one
	 */
	boolean release(String name, Duration patience) {
		ReadWriteLock lock = getLock(name);
		if (lock == null) {
			return true;
		}
		try {
			if (!lock.writeLock().tryLock(patience.toMillis(), TimeUnit.MILLISECONDS)) {
				return false;
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
		try {
			destroy(name);
			return true;
		}
		finally {
			lock.writeLock().unlock();
		}
	}

	/**
	 * Beans that were made from something that is no longer so.
	 * @param changes what has changed
	 * @param inForce the configuration with the changes
	 * @param properties the beans bound to changed properties
	 * @param beans where to find what a bean depends on
	 * @return names of the beans, each after those that it depends on
	 */
	List<String> affected(Changes changes, Configuration inForce, List<PropertiesBean> properties,
			ConfigurableListableBeanFactory beans) {
		Set<String> changed = new HashSet<>();
		for (PropertiesBean bean : properties) {
			changed.add(bean.name());
			if (ScopedProxyUtils.isScopedTarget(bean.name())) {
				changed.add(ScopedProxyUtils.getOriginalBeanName(bean.name()));
			}
		}
		Map<String, Integer> affected = new HashMap<>();
		this.creations.forEach((name, creation) -> {
			Set<String> dependencies = new HashSet<>();
			addDependencies(name, beans, dependencies);
			if (creation.affectedBy(changes, inForce) || !Collections.disjoint(dependencies, changed)) {
				affected.put(name, dependencies.size());
			}
		});
		return affected.entrySet().stream().sorted(Map.Entry.comparingByValue()).map(Map.Entry::getKey).toList();
	}

	/** Itself and all that it depends on, behind scoped proxies too. */
	private static void addDependencies(String name, ConfigurableListableBeanFactory beans, Set<String> dependencies) {
		if (dependencies.add(name)) {
			for (String dependency : beans.getDependenciesForBean(name)) {
				addDependencies(dependency, beans, dependencies);
			}
			String target = ScopedProxyUtils.getTargetBeanName(name);
			if (beans.containsBeanDefinition(target)) {
				addDependencies(target, beans, dependencies);
			}
		}
	}

	private final ThreadLocal<java.util.function.@org.jspecify.annotations.Nullable Function<String, @org.jspecify.annotations.Nullable Object>> instances = new ThreadLocal<>();

	<T> T rehearse(java.util.function.Function<String, @org.jspecify.annotations.Nullable Object> instances,
			java.util.function.Supplier<T> action) {
		var former = this.instances.get();
		this.instances.set(instances);
		try {
			return action.get();
		}
		finally {
			this.instances.set(former);
		}
	}

	Set<String> created() {
		return this.creations.keySet();
	}

	void renew(java.util.Collection<String> names) {
		names.forEach((name) -> release(name, Duration.ofSeconds(2)));
	}

	private record Creation(Configuration configuration, AskedNames asked) {

		/** One still going on may have asked before the change and after it. */
		boolean affectedBy(Changes changes, Configuration inForce) {
			return this.configuration != inForce && (!this.asked.complete() || changes.concern(this.asked.names()));
		}

	}

}
