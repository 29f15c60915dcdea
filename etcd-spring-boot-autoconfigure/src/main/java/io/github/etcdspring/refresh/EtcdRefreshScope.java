package io.github.etcdspring.refresh;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import io.github.etcdspring.refresh.InstanceCreation.Renewal;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.scope.ScopedProxyFactoryBean;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.ObjectFactory;
import org.springframework.beans.factory.config.BeanDefinitionHolder;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.cloud.context.scope.refresh.RefreshScope;
import org.springframework.cloud.context.scope.refresh.RefreshScopeRefreshedEvent;
import org.springframework.context.ApplicationContext;
import org.springframework.context.aot.AbstractAotProcessor;
import org.springframework.util.Assert;

/**
 * Refresh scope that replaces an instance only after the new one has been created, and
 * destroys the old one after the last call to it. Calls never wait for a refresh.
 */
final class EtcdRefreshScope extends RefreshScope {

	private static final Log logger = LogFactory.getLog(EtcdRefreshScope.class);

	private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

	/** Instances by the name of the target bean, also those under creation. */
	private final ConcurrentMap<String, ScopedInstance> instances = new ConcurrentHashMap<>();

	private final InstanceRetirement retirement;

	private final InstanceCreation creation;

	/** Never acquired by threads that only call beans. */
	private final ReentrantLock renewals = new ReentrantLock();

	/** Not static, as names are unique only within a bean factory. */
	@SuppressWarnings("ThreadLocalUsage")
	private final ThreadLocal<@Nullable Renewal> renewal = new ThreadLocal<>();

	@SuppressWarnings("ThreadLocalUsage")
	private final ThreadLocal<@Nullable Function<String, @Nullable Object>> rehearsal = new ThreadLocal<>();

	private @Nullable ApplicationContext context;

	private @Nullable ConfigurableListableBeanFactory beans;

	EtcdRefreshScope(LiveConfiguration configuration) {
		this(configuration, CLOSE_TIMEOUT);
	}

	EtcdRefreshScope(LiveConfiguration configuration, Duration closeTimeout) {
		this.retirement = new InstanceRetirement(closeTimeout);
		this.creation = new InstanceCreation(configuration, this.instances, this.retirement);
	}

	@Override
	public void setApplicationContext(ApplicationContext context) {
		super.setApplicationContext(context);
		this.context = context;
	}

	@Override
	public void postProcessBeanFactory(ConfigurableListableBeanFactory beans) {
		super.postProcessBeanFactory(beans);
		this.beans = beans;
	}

	/**
	 * Replaces the scoped proxies by proxies that count calls. Code generated ahead of
	 * time cannot refer to this scope and keeps Spring's proxies.
	 */
	@Override
	public void postProcessBeanDefinitionRegistry(BeanDefinitionRegistry registry) {
		if (Boolean.getBoolean(AbstractAotProcessor.AOT_PROCESSING)) {
			return;
		}
		for (String name : registry.getBeanDefinitionNames()) {
			if (registry.getBeanDefinition(name) instanceof RootBeanDefinition definition && isProxy(definition)) {
				definition.setBeanClass(ScopedInstance.Proxy.class);
				definition.getConstructorArgumentValues().addGenericArgumentValue(this);
				definition.setSynthetic(true);
			}
		}
		super.postProcessBeanDefinitionRegistry(registry);
	}

	private boolean isProxy(RootBeanDefinition definition) {
		BeanDefinitionHolder target = definition.getDecoratedDefinition();
		return target != null && definition.hasBeanClass() && definition.getBeanClass() == ScopedProxyFactoryBean.class
				&& getName().equals(target.getBeanDefinition().getScope());
	}

	@Override
	public Object get(String name, ObjectFactory<?> factory) {
		ScopedInstance instance = find(name);
		if (instance == null) {
			Renewal renewal = this.renewal.get();
			instance = (renewal != null) ? renewal.create(name, factory) : createFirst(name, factory);
		}
		return instance.bean();
	}

	private ScopedInstance createFirst(String name, ObjectFactory<?> factory) {
		try {
			ScopedInstance instance = this.creation.createFirst(name, factory);
			getErrors().remove(name);
			return instance;
		}
		catch (RuntimeException | Error ex) {
			getErrors().put(name, new IllegalStateException("Failed to create refresh-scoped bean '"
					+ ScopedInstance.beanName(name) + "': " + FailureCause.location(ex)));
			throw ex;
		}
	}

	/**
	 * Return the instance for a call by this thread. It is not destroyed before
	 * {@link #release}.
	 * @param name the name of the target bean
	 * @return the instance, created if necessary
	 */
	ScopedInstance acquire(String name) {
		ScopedInstance instance = instance(name);
		while (!instance.acquire()) {
			instance = instance(name);
		}
		return instance;
	}

	/**
	 * Release an instance after a call.
	 * @param instance the instance
	 */
	void release(ScopedInstance instance) {
		this.retirement.release(instance);
	}

	/**
	 * Return the instance for calls by this thread.
	 * @param name the name of the target bean
	 * @return the instance, created if necessary
	 */
	ScopedInstance instance(String name) {
		ScopedInstance instance = find(name);
		while (instance == null) {
			Assert.state(this.beans != null, "No bean factory");
			this.beans.getBean(name);
			instance = find(name);
		}
		return instance;
	}

	private @Nullable ScopedInstance find(String name) {
		Function<String, @Nullable Object> rehearsal = this.rehearsal.get();
		Object rehearsed = (rehearsal != null) ? rehearsal.apply(name) : null;
		if (rehearsed != null) {
			return ScopedInstance.of(name, rehearsed);
		}
		Renewal renewal = this.renewal.get();
		return (renewal != null) ? renewal.find(name) : this.creation.current(name);
	}

	@Override
	public void registerDestructionCallback(String name, Runnable callback) {
		this.creation.registerDestructionCallback(name, callback);
	}

	/** By the contract of {@code Scope}, the caller destroys the bean. */
	@Override
	public @Nullable Object remove(String name) {
		ScopedInstance instance = this.instances.remove(name);
		if (instance == null || instance.discard()) {
			return null;
		}
		instance.onDestruction(null);
		return instance.bean();
	}

	/**
	 * Return whether a bean has read changed properties, even while it is being created.
	 * @param name the name of the target bean
	 * @param changes the changed properties
	 * @param current the configuration with the changes
	 */
	boolean isAffected(String name, PropertyChanges changes, Configuration current) {
		ScopedInstance instance = this.instances.get(name);
		return instance != null && instance.affectedBy(changes, current);
	}

	/**
	 * Return the beans that exist and can be refreshed.
	 * @return names of the target beans
	 */
	Set<String> refreshable() {
		return this.instances.keySet().stream().filter(this.creation::isRefreshable).collect(Collectors.toSet());
	}

	/**
	 * Replace the instances of beans. A bean that cannot be recreated keeps its last
	 * instance; a bean without an instance is not created.
	 * @param names names of the target beans
	 * @return names of those that cannot be created
	 */
	Set<String> renew(Collection<String> names) {
		Renewal renewal = replace(names);
		publish(renewal.renewed());
		return renewal.failed();
	}

	private void publish(Set<String> renewed) {
		for (String name : renewed) {
			try {
				publish(new RefreshScopeRefreshedEvent(name));
			}
			catch (RuntimeException | Error ex) {
				logger.error("Listener for the refresh of bean '" + ScopedInstance.beanName(name) + "' failed: "
						+ FailureCause.location(ex));
			}
		}
	}

	private void publish(RefreshScopeRefreshedEvent event) {
		if (this.context != null) {
			this.context.publishEvent(event);
		}
	}

	/**
	 * Call an action that sees different instances than the rest of the application.
	 * @param <T> the type of the result
	 * @param instances returns the instance for the name of a target bean, {@code null}
	 * for the one in use
	 * @param action the action
	 * @return its result
	 */
	<T extends @Nullable Object> T rehearse(Function<String, @Nullable Object> instances, Supplier<T> action) {
		Function<String, @Nullable Object> outer = this.rehearsal.get();
		this.rehearsal.set(instances);
		try {
			return action.get();
		}
		finally {
			if (outer != null) {
				this.rehearsal.set(outer);
			}
			else {
				this.rehearsal.remove();
			}
		}
	}

	@Override
	@SuppressWarnings("rawtypes")
	public boolean refresh(Class type) {
		Assert.state(this.context != null, "No application context");
		String[] names = BeanFactoryUtils.beanNamesForTypeIncludingAncestors(this.context, type);
		return names.length > 0 && refresh(names[0]);
	}

	@Override
	public boolean refresh(String name) {
		String target = (ScopedProxyUtils.isScopedTarget(name)) ? name : ScopedProxyUtils.getTargetBeanName(name);
		if (!replace(Set.of(target)).renewed().contains(target)) {
			return false;
		}
		publish(new RefreshScopeRefreshedEvent(target));
		return true;
	}

	@Override
	public void refreshAll() {
		replace(this.instances.keySet());
		publish(new RefreshScopeRefreshedEvent());
	}

	/**
	 * Renewals are serialized, as the later of two must win.
	 */
	private Renewal replace(Collection<String> names) {
		this.renewals.lock();
		try {
			Renewal renewal = this.creation.renewal(names);
			create(renewal);
			renewal.commit();
			return renewal;
		}
		finally {
			this.renewals.unlock();
		}
	}

	private void create(Renewal renewal) {
		Renewal outer = this.renewal.get();
		this.renewal.set(renewal);
		try {
			renewal.names().forEach(this::instance);
		}
		catch (RuntimeException | Error ex) {
			renewal.cancel();
			throw ex;
		}
		finally {
			if (outer != null) {
				this.renewal.set(outer);
			}
			else {
				this.renewal.remove();
			}
		}
	}

	@Override
	protected boolean destroy(String name) {
		ScopedInstance instance = this.instances.remove(name);
		getErrors().remove(name);
		if (instance == null) {
			return false;
		}
		this.retirement.retire(instance);
		return true;
	}

	/**
	 * Destroys all instances, after a timeout also those with unfinished calls.
	 */
	@Override
	public void destroy() {
		this.creation.close();
		List.copyOf(this.instances.keySet()).forEach(this::destroy);
		this.retirement.close();
		getErrors().clear();
	}

}
