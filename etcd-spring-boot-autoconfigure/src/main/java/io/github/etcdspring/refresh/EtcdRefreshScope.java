package io.github.etcdspring.refresh;

import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.scope.ScopedProxyFactoryBean;
import org.springframework.aop.scope.ScopedProxyUtils;
import org.springframework.beans.factory.BeanCreationException;
import org.springframework.beans.factory.BeanCreationNotAllowedException;
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
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;
import org.springframework.util.Assert;

/**
 * Refresh scope that replaces an instance only after the new one has been created, and
 * destroys the old one after the last call to it. Calls never wait for a refresh.
 */
final class EtcdRefreshScope extends RefreshScope {

	private static final Log logger = LogFactory.getLog(EtcdRefreshScope.class);

	private static final Duration CREATION_TIMEOUT = Duration.ofSeconds(30);

	private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

	private static final Duration THREAD_KEEP_ALIVE = Duration.ofSeconds(1);

	private static final int MAX_ATTEMPTS = 10;

	private final LiveConfiguration configuration;

	private final Duration closeTimeout;

	/** By the name of the target bean, including those that are being created. */
	private final ConcurrentMap<String, ScopedInstance> instances = new ConcurrentHashMap<>();

	private final Set<String> notRefreshable = ConcurrentHashMap.newKeySet();

	/** Never held by a thread that only calls beans. */
	private final ReentrantLock renewals = new ReentrantLock();

	/** One for each scope: names are unique within a bean factory only. */
	@SuppressWarnings("ThreadLocalUsage")
	private final ThreadLocal<@Nullable Renewal> renewal = new ThreadLocal<>();

	@SuppressWarnings("ThreadLocalUsage")
	private final ThreadLocal<@Nullable Function<String, @Nullable Object>> rehearsal = new ThreadLocal<>();

	@SuppressWarnings("ThreadLocalUsage")
	private final ThreadLocal<@Nullable ScopedInstance> creation = new ThreadLocal<>();

	private final Set<ScopedInstance> retired = ConcurrentHashMap.newKeySet();

	private final ThreadPoolExecutor retirement;

	private volatile boolean closed;

	private @Nullable ApplicationContext context;

	private @Nullable ConfigurableListableBeanFactory beans;

	EtcdRefreshScope(LiveConfiguration configuration) {
		this(configuration, CLOSE_TIMEOUT);
	}

	EtcdRefreshScope(LiveConfiguration configuration, Duration closeTimeout) {
		this.configuration = configuration;
		this.closeTimeout = closeTimeout;
		CustomizableThreadFactory threads = new CustomizableThreadFactory("etcd-refresh-retire-");
		threads.setDaemon(true);
		// After a close, whoever ends the last call or a creation destroys the bean
		this.retirement = new ThreadPoolExecutor(1, 1, THREAD_KEEP_ALIVE.toMillis(), TimeUnit.MILLISECONDS,
				new LinkedBlockingQueue<>(), threads, (task, executor) -> task.run());
		this.retirement.allowCoreThreadTimeOut(true);
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
	 * Replaces the scoped proxies by those that count calls. Generated code cannot refer
	 * to this scope and keeps those of Spring.
	 */
	@Override
	public void postProcessBeanDefinitionRegistry(BeanDefinitionRegistry registry) {
		if (Boolean.getBoolean(AbstractAotProcessor.AOT_PROCESSING)) {
			return;
		}
		for (String name : registry.getBeanDefinitionNames()) {
			if (registry.getBeanDefinition(name) instanceof RootBeanDefinition definition && isProxy(definition)) {
				definition.setBeanClass(ScopedInstanceProxy.class);
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
			instance = (renewal != null) ? renewal.create(name, factory) : create(name, factory);
		}
		return instance.bean();
	}

	/**
	 * Return the instance to be called by this thread, and keep it until released.
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
		if (instance.release()) {
			if (instance.hasDestruction()) {
				this.retirement.execute(() -> destroy(instance));
			}
			else {
				destroy(instance);
			}
		}
	}

	/**
	 * Return the instance to be called by this thread.
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
		return (renewal != null) ? renewal.find(name) : current(name);
	}

	private @Nullable ScopedInstance current(String name) {
		ScopedInstance instance = this.instances.get(name);
		return (instance != null && instance.isUsable()) ? instance : null;
	}

	private ScopedInstance create(String name, ObjectFactory<?> factory) {
		int attempts = 0;
		while (attempts < MAX_ATTEMPTS) {
			if (this.closed) {
				throw new BeanCreationNotAllowedException(name, "The refresh scope is closed");
			}
			ScopedInstance fresh = new ScopedInstance(name, this.configuration.current());
			ScopedInstance other = this.instances.putIfAbsent(name, fresh);
			if (other == null) {
				if (createdFirst(fresh, factory)) {
					return fresh;
				}
				attempts++;
			}
			else if (await(other)) {
				return other;
			}
			else {
				this.instances.remove(name, other);
			}
		}
		throw changing(name);
	}

	private boolean createdFirst(ScopedInstance fresh, ObjectFactory<?> factory) {
		try {
			boolean created = created(fresh, factory);
			getErrors().remove(fresh.name());
			if (created && this.closed) {
				destroy(fresh.name());
			}
			return created;
		}
		catch (RuntimeException | Error ex) {
			getErrors().put(fresh.name(), new IllegalStateException(
					"Failed to create refresh-scoped bean '" + shown(fresh.name()) + "': " + Rejection.place(ex)));
			throw ex;
		}
	}

	private static BeanCreationException changing(String name) {
		return new BeanCreationException(name, "The configuration changed during each of " + MAX_ATTEMPTS
				+ " attempts to create the bean. Retry when it changes less often");
	}

	private static boolean await(ScopedInstance other) {
		try {
			return other.await(CREATION_TIMEOUT);
		}
		catch (TimeoutException ex) {
			throw new BeanCreationException(other.name(), "Another thread has been creating the bean for more than "
					+ CREATION_TIMEOUT.toSeconds() + " s. Check its dependencies for a deadlock", ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new BeanCreationException(other.name(), "Interrupted while another thread is creating the bean", ex);
		}
	}

	/**
	 * Create the bean of an instance.
	 * @return whether it can be used: one created during a change is discarded
	 */
	private boolean created(ScopedInstance fresh, ObjectFactory<?> factory) {
		ScopedInstance outer = this.creation.get();
		this.creation.set(fresh);
		boolean usable = false;
		try {
			fresh.create(factory::getObject);
			usable = fresh.complete(this.configuration.current());
		}
		finally {
			if (outer != null) {
				this.creation.set(outer);
			}
			else {
				this.creation.remove();
			}
			if (!usable) {
				this.instances.remove(fresh.name(), fresh);
				fresh.discard();
				drop(fresh);
			}
		}
		if (usable && MessageListeners.areDeclaredBy(fresh.bean()) && this.notRefreshable.add(fresh.name())) {
			logger.warn("Refresh-scoped bean '" + shown(fresh.name()) + "' has message listeners and is not refreshed, "
					+ "as each new instance would add a consumer. Move the listeners to a singleton and read the "
					+ "configuration from LiveProperties");
		}
		return usable;
	}

	@Override
	public void registerDestructionCallback(String name, Runnable callback) {
		ScopedInstance instance = this.creation.get();
		if (instance == null || !instance.name().equals(name)) {
			instance = this.instances.get(name);
		}
		if (instance != null) {
			instance.onDestruction(callback);
		}
	}

	/** As the contract of a scope has it, the caller destroys the bean. */
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
	 * Return the beans that were created from anything that changes; creations under way
	 * are included.
	 * @param changes what has changed
	 * @param inForce the configuration with the changes
	 * @param properties the beans bound to changed properties
	 * @param beans the bean factory to look up dependencies in
	 * @return names of the target beans, each after those that it depends on
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
		this.instances.forEach((name, instance) -> {
			Set<String> dependencies = new HashSet<>();
			addDependencies(name, beans, dependencies);
			if (this.notRefreshable.contains(name)) {
				return;
			}
			if (instance.affectedBy(changes, inForce) || !Collections.disjoint(dependencies, changed)) {
				affected.put(name, dependencies.size());
			}
		});
		return affected.entrySet().stream().sorted(Map.Entry.comparingByValue()).map(Map.Entry::getKey).toList();
	}

	/**
	 * Return the beans that exist and can be refreshed.
	 * @return names of the target beans
	 */
	Set<String> refreshable() {
		Set<String> names = new HashSet<>(this.instances.keySet());
		names.removeAll(this.notRefreshable);
		return names;
	}

	/** Includes the bean itself, and targets of scoped proxies. */
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

	/**
	 * Replace the instances of beans, all or none. Those that do not exist are not
	 * created.
	 * @param names names of the target beans
	 * @throws RuntimeException if one cannot be created, and nothing has changed
	 */
	void renew(Collection<String> names) {
		publish(exchange(names, null));
	}

	/**
	 * Replace the instances of those beans that can be created again. The others keep
	 * their last instance.
	 * @param names names of the target beans
	 * @return names of those that cannot be created
	 */
	Set<String> renewOrKeep(Collection<String> names) {
		Set<String> failed = new HashSet<>();
		publish(exchange(names, failed::add));
		return failed;
	}

	private void publish(Set<String> renewed) {
		for (String name : renewed) {
			try {
				publish(new RefreshScopeRefreshedEvent(name));
			}
			catch (RuntimeException | Error ex) {
				logger.error("Listener for the refresh of bean '" + shown(name) + "' failed: " + Rejection.place(ex));
			}
		}
	}

	private void publish(RefreshScopeRefreshedEvent event) {
		if (this.context != null) {
			this.context.publishEvent(event);
		}
	}

	/**
	 * Call an action that sees other instances than the rest of the application.
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
		if (!exchange(Set.of(target), (failed) -> {
		}).contains(target)) {
			return false;
		}
		publish(new RefreshScopeRefreshedEvent(target));
		return true;
	}

	@Override
	public void refreshAll() {
		exchange(this.instances.keySet(), (failed) -> {
		});
		publish(new RefreshScopeRefreshedEvent());
	}

	/**
	 * Serialized, as the later one of two renewals must win.
	 */
	private Set<String> exchange(Collection<String> names, @Nullable Consumer<String> keep) {
		this.renewals.lock();
		try {
			return new Renewal(renewable(names), keep).run();
		}
		finally {
			this.renewals.unlock();
		}
	}

	private Set<String> renewable(Collection<String> names) {
		Set<String> renewable = new LinkedHashSet<>();
		for (String name : names) {
			ScopedInstance instance = this.instances.get(name);
			if (instance == null || this.notRefreshable.contains(name)) {
				continue;
			}
			if (instance.discard()) {
				// Its creator starts again
				this.instances.remove(name, instance);
			}
			else {
				renewable.add(name);
			}
		}
		return renewable;
	}

	@Override
	protected boolean destroy(String name) {
		ScopedInstance instance = this.instances.remove(name);
		getErrors().remove(name);
		if (instance == null) {
			return false;
		}
		retire(instance);
		return true;
	}

	private void retire(ScopedInstance instance) {
		if (!instance.discard()) {
			drop(instance);
		}
	}

	private void drop(ScopedInstance instance) {
		this.retired.add(instance);
		release(instance);
	}

	private void destroy(ScopedInstance instance) {
		try {
			instance.destroy();
		}
		catch (RuntimeException | Error ex) {
			logger.error("Failed to destroy an instance of refresh-scoped bean '" + shown(instance.name()) + "': "
					+ Rejection.place(ex));
		}
		finally {
			this.retired.remove(instance);
		}
	}

	/**
	 * Destroys all instances, and those with calls that do not end in time nevertheless.
	 */
	@Override
	public void destroy() {
		this.closed = true;
		List.copyOf(this.instances.keySet()).forEach(this::destroy);
		try {
			if (!drained(this.closeTimeout)) {
				logger.warn("Destroying refresh-scoped beans with calls that have not ended after "
						+ this.closeTimeout.toSeconds() + " s: "
						+ this.retired.stream().map((instance) -> shown(instance.name())).sorted().toList());
				this.retired.forEach((instance) -> this.retirement.execute(() -> destroy(instance)));
			}
			this.retirement.shutdown();
			this.retirement.awaitTermination(1, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		this.retirement.shutdownNow();
		getErrors().clear();
	}

	private boolean drained(Duration timeout) throws InterruptedException {
		try {
			CompletableFuture
				.allOf(this.retired.stream().map(ScopedInstance::destroyed).toArray(CompletableFuture<?>[]::new))
				.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
			return true;
		}
		catch (TimeoutException | ExecutionException ex) {
			return false;
		}
	}

	private static String shown(String target) {
		return (ScopedProxyUtils.isScopedTarget(target)) ? ScopedProxyUtils.getOriginalBeanName(target) : target;
	}

	/**
	 * Creates new instances on one thread, which alone sees them until all exist.
	 */
	private final class Renewal {

		private final Set<String> names;

		/**
		 * Told of those that keep their last instance, {@code null} if it is all or none.
		 */
		private final @Nullable Consumer<String> keep;

		private final Set<String> started = new HashSet<>();

		private final Map<String, ScopedInstance> created = new LinkedHashMap<>();

		private @Nullable Throwable failure;

		Renewal(Set<String> names, @Nullable Consumer<String> keep) {
			this.names = names;
			this.keep = keep;
		}

		Set<String> run() {
			Renewal outer = EtcdRefreshScope.this.renewal.get();
			EtcdRefreshScope.this.renewal.set(this);
			try {
				this.names.forEach(EtcdRefreshScope.this::instance);
				if (this.failure != null) {
					throw new IllegalStateException("A refresh-scoped bean cannot be recreated", this.failure);
				}
			}
			catch (RuntimeException | Error ex) {
				this.created.values().forEach(EtcdRefreshScope.this::drop);
				throw ex;
			}
			finally {
				if (outer != null) {
					EtcdRefreshScope.this.renewal.set(outer);
				}
				else {
					EtcdRefreshScope.this.renewal.remove();
				}
			}
			commit();
			Set<String> renewed = new LinkedHashSet<>(this.names);
			renewed.retainAll(this.created.keySet());
			return renewed;
		}

		/**
		 * Find the instance that this thread uses.
		 * @return {@code null} if it is to be created; in a cycle, the one in use
		 */
		@Nullable ScopedInstance find(String name) {
			ScopedInstance fresh = this.created.get(name);
			if (fresh != null) {
				return fresh;
			}
			return (this.names.contains(name) && !this.started.contains(name)) ? null : current(name);
		}

		ScopedInstance create(String name, ObjectFactory<?> factory) {
			this.started.add(name);
			try {
				for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
					ScopedInstance fresh = new ScopedInstance(name, EtcdRefreshScope.this.configuration.current());
					if (created(fresh, factory)) {
						this.created.put(name, fresh);
						return fresh;
					}
				}
				throw changing(name);
			}
			catch (RuntimeException | Error ex) {
				ScopedInstance last = current(name);
				if (this.keep == null) {
					// Also if the bean that needs this one does without
					this.failure = ex;
				}
				if (this.keep == null || last == null) {
					throw ex;
				}
				logger.error("Failed to recreate refresh-scoped bean '" + shown(name) + "', which keeps its last "
						+ "instance: " + Rejection.place(ex));
				this.keep.accept(name);
				return last;
			}
		}

		private void commit() {
			Map<String, ScopedInstance> replaced = new LinkedHashMap<>();
			this.created.forEach((name, fresh) -> {
				ScopedInstance former = EtcdRefreshScope.this.instances.put(name, fresh);
				if (former != null) {
					replaced.put(name, former);
				}
			});
			replaced.values().forEach(EtcdRefreshScope.this::retire);
			if (EtcdRefreshScope.this.closed) {
				this.created.keySet().forEach(EtcdRefreshScope.this::destroy);
			}
		}

	}

}
