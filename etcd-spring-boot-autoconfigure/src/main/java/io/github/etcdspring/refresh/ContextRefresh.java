package io.github.etcdspring.refresh;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

import io.github.etcdspring.refresh.PropertiesBeans.PropertiesBean;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.PropertySource;

/**
 * Makes the beans of one application context follow the configuration. Takes part in the
 * changes of each configuration in its environment, including those of parent contexts.
 */
final class ContextRefresh implements SmartInitializingSingleton, DisposableBean {

	private static final Log logger = LogFactory.getLog(ContextRefresh.class);

	/** How long closing the context waits for a change that is being applied. */
	private static final long CLOSE_TIMEOUT_SECONDS = 2;

	private final ConfigurableApplicationContext context;

	private final PropertiesFollower properties;

	private final ValueFollower values;

	private final CreatedBeans created;

	private final @Nullable LoggingFollower logging;

	private final ScopedBeans scoped;

	private final ObjectProvider<CandidateCheck> checks;

	/**
	 * Guards everything below. No request thread waits for it.
	 */
	private final ReentrantLock lock = new ReentrantLock(true);

	private final CandidateEnvironment candidate;

	/** Properties of other sources that changed during a rehearsal, on its own thread. */
	private final Set<String> deferred = new LinkedHashSet<>();

	/** Names of the beans whose first copy may be stale. */
	private final Set<String> copied = ConcurrentHashMap.newKeySet();

	private @Nullable RehearsalContext rehearsalContext;

	private boolean cacheWarningLogged;

	private volatile boolean closed;

	private List<ConfigRefresh> refreshes = List.of();

	ContextRefresh(ConfigurableApplicationContext context, PropertiesFollower properties, ValueFollower values,
			CreatedBeans created, @Nullable LoggingFollower logging, ScopedBeans scoped,
			ObjectProvider<CandidateCheck> checks) {
		this.context = context;
		this.properties = properties;
		this.values = values;
		this.created = created;
		this.logging = logging;
		this.scoped = scoped;
		this.checks = checks;
		this.candidate = new CandidateEnvironment(context);
		created.onLate(this::catchUp);
	}

	@Override
	public void afterSingletonsInstantiated() {
		boolean rebinds = this.context.getBeanNamesForType(EtcdPropertiesRebinder.class).length > 0;
		if (this.logging != null && rebinds) {
			LoggingFollower.removeRebinder(this.context);
		}
		this.refreshes = List
			.copyOf(BeanFactoryUtils.beansOfTypeIncludingAncestors(this.context, ConfigRefresh.class).values());
		this.refreshes.forEach((refresh) -> {
			refresh.add(this);
			run(() -> followChangesSinceStart(refresh.live()));
		});
	}

	/**
	 * The configuration of a parent may have changed since the first bean of this context
	 * was created.
	 */
	private void followChangesSinceStart(LiveConfiguration live) {
		Configuration current = live.current();
		Set<String> keys = this.created.takeInitial(live).differences(current);
		if (!keys.isEmpty()) {
			followBestEffort(keys);
			PropertyChanges changes = new PropertyChanges(
					Comparison.withDependents(keys, this.context.getEnvironment()));
			this.scoped.renew(List.of(), changes, this.properties.affected(changes), current);
		}
	}

	private void followBestEffort(Set<String> keys) {
		follow(keys).forEach((bean, failure) -> logger
			.warn("Bean '" + bean + "' keeps its previous properties: " + failure.getMessage()));
	}

	ConfigurableApplicationContext context() {
		return this.context;
	}

	/**
	 * Rehearse a change. Must be followed by {@link #finish()} on the same thread.
	 * @param live the configuration in use
	 * @param next the configuration that would replace it
	 * @return the updates to perform once it has been replaced
	 * @throws RejectedConfigurationException if the change is not valid for this context
	 * @throws InterruptedException if the thread is interrupted
	 */
	Rehearsed rehearse(LiveConfiguration live, Configuration next)
			throws RejectedConfigurationException, InterruptedException {
		this.lock.lockInterruptibly();
		this.created.begin();
		if (this.closed) {
			return new Rehearsed(this, PropertyChanges.NONE, List.of(), List.of(), List.of(), Set.of());
		}
		this.candidate.use(live, next);
		Set<String> cached = cached(live.current());
		PropertyChanges changes = new Comparison(this.context.getEnvironment(), this.candidate)
			.between(live.current(), next)
			.and(cached);
		if (changes.isEmpty()) {
			return new Rehearsed(this, changes, List.of(), List.of(), this.scoped.pending(), cached);
		}
		return this.candidate.during(() -> rehearse(live, next, changes, cached));
	}

	private Rehearsed rehearse(LiveConfiguration live, Configuration next, PropertyChanges changes, Set<String> cached)
			throws RejectedConfigurationException {
		for (CandidateCheck check : this.checks.orderedStream().toList()) {
			check.check(this.candidate, changes.keys());
		}
		RehearsalContext rehearsalContext = rehearsalContext();
		List<Runnable> commits = new ArrayList<>();
		if (this.logging != null) {
			commits.addAll(this.logging.prepare(this.candidate, changes));
		}
		List<PropertiesBean> affected = this.properties.affected(changes);
		if (!affected.isEmpty()) {
			commits.addAll(this.properties.prepare(affected, (bean) -> standIn(bean, rehearsalContext, live, next),
					rehearsalContext, this.candidate, changes));
		}
		commits.addAll(this.values.prepare(rehearsalContext, this.candidate, changes));
		List<String> names = this.scoped.rehearse(rehearsalContext, this.candidate, changes, affected);
		return new Rehearsed(this, changes, commits, affected, names, cached);
	}

	/** Returns the properties that a caching source hides from the rehearsal. */
	private Set<String> cached(Configuration current) {
		Map<String, PropertySource<?>> cached = this.candidate.cached(current);
		if (cached.isEmpty()) {
			return Set.of();
		}
		if (!this.cacheWarningLogged) {
			this.cacheWarningLogged = true;
			PropertySource<?> source = cached.values().iterator().next();
			logger.warn("Property source '" + source.getName() + "' of " + source.getClass().getName()
					+ " caches its values. Changes to them are applied without validation, and beans follow"
					+ " only if " + EnvironmentChangeEvent.class.getSimpleName() + " clears the cache");
		}
		return Comparison.withDependents(cached.keySet(), this.candidate);
	}

	private Object standIn(PropertiesBean bean, RehearsalContext rehearsalContext, LiveConfiguration live,
			Configuration next) {
		this.candidate.use(live, live.current());
		try {
			return this.candidate.during(() -> rehearsalContext.bind(bean));
		}
		finally {
			this.candidate.use(live, next);
		}
	}

	/**
	 * Update the beans after the configuration has been replaced.
	 * @param rehearsed the change
	 */
	private void commit(Rehearsed rehearsed) {
		this.created.applied(rehearsed.changes());
		rehearsed.commits().forEach(ContextRefresh::run);
	}

	/**
	 * End a rehearsal, whether the change was applied or rejected.
	 */
	void finish() {
		if (!this.lock.isHeldByCurrentThread()) {
			return;
		}
		this.created.end();
		try {
			refreshCopies();
			clearRehearsalContext();
		}
		catch (RuntimeException | Error ex) {
			logger.error("Failed to destroy beans of the dry run after a configuration change: "
					+ FailureCause.location(ex));
		}
		finally {
			unlock();
			catchUp();
		}
	}

	/** Follows the changes of other sources that would have disturbed a rehearsal. */
	private void unlock() {
		Set<String> keys = Set.copyOf(this.deferred);
		this.deferred.clear();
		this.lock.unlock();
		if (!keys.isEmpty()) {
			run(() -> followBestEffort(keys));
		}
	}

	/** The change cannot be rolled back any more, so the other updates must go on. */
	static void run(Runnable commit) {
		try {
			commit.run();
		}
		catch (RuntimeException | Error ex) {
			logger.error("Failed to update a part of the application: " + FailureCause.location(ex));
		}
	}

	private void clearRehearsalContext() {
		RehearsalContext rehearsalContext = this.rehearsalContext;
		if (rehearsalContext != null) {
			rehearsalContext.clear();
			if (rehearsalContext.isUnusable()) {
				this.rehearsalContext = null;
				rehearsalContext.close();
			}
		}
	}

	private RehearsalContext rehearsalContext() {
		RehearsalContext rehearsalContext = this.rehearsalContext;
		if (rehearsalContext == null) {
			rehearsalContext = new RehearsalContext(this.context, this.candidate);
			this.rehearsalContext = rehearsalContext;
		}
		return rehearsalContext;
	}

	/**
	 * Update beans that were created while a change was applied. The thread that creates
	 * a bean never waits: the thread that applies the change updates the bean afterwards.
	 */
	private void catchUp() {
		while (this.created.hasLate() && !this.lock.isHeldByCurrentThread() && this.lock.tryLock()) {
			try {
				CreatedBeans.LateBean late = this.created.pollLate();
				if (late != null && !this.closed) {
					catchUp(late);
				}
			}
			finally {
				unlock();
			}
		}
	}

	private void catchUp(CreatedBeans.LateBean late) {
		try {
			RehearsalContext rehearsalContext = rehearsalContext();
			useCurrent(this.candidate);
			this.properties.catchUp(late.name(), late.bean(), rehearsalContext, this.candidate,
					this.created.missed(late));
			this.values.prepare(rehearsalContext, this.candidate, this.values.membersOf(late.bean()), true)
				.forEach(ContextRefresh::run);
			clearRehearsalContext();
		}
		catch (RejectedConfigurationException ex) {
			logger.warn("Bean '" + late.name() + "' may have stale properties: " + ex.getMessage());
		}
		catch (RuntimeException | Error ex) {
			logger.error("Failed to update bean '" + late.name() + "': " + FailureCause.location(ex));
		}
	}

	private void useCurrent(CandidateEnvironment environment) {
		LiveConfiguration live = this.refreshes.stream()
			.map(ConfigRefresh::live)
			.findFirst()
			.orElseGet(LiveConfiguration::new);
		environment.use(live, live.current());
	}

	/**
	 * Apply changes of the environment that do not come from etcd, to each bean on its
	 * own.
	 * @param keys names of the changed properties
	 * @return the failures by the name of the bean; empty during a rehearsal by this
	 * thread, which they follow after
	 */
	Map<String, RejectedConfigurationException> follow(Set<String> keys) {
		if (this.lock.isHeldByCurrentThread()) {
			this.deferred.addAll(keys);
			return Map.of();
		}
		this.lock.lock();
		this.created.begin();
		try {
			if (this.closed) {
				return Map.of();
			}
			RehearsalContext rehearsalContext = rehearsalContext();
			useCurrent(this.candidate);
			PropertyChanges changes = new PropertyChanges(Comparison.withDependents(keys, this.candidate));
			this.created.applied(changes);
			Map<String, RejectedConfigurationException> failures = new LinkedHashMap<>(this.properties
				.follow(this.properties.affected(changes), rehearsalContext, this.candidate, changes));
			attempt("values", failures, () -> this.values.prepare(rehearsalContext, this.candidate, changes));
			LoggingFollower logging = this.logging;
			if (logging != null) {
				attempt("logging", failures, () -> logging.prepare(this.candidate, changes));
			}
			return failures;
		}
		finally {
			this.deferred.removeAll(keys);
			finish();
		}
	}

	private static void attempt(String name, Map<String, RejectedConfigurationException> failures,
			Preparation preparation) {
		try {
			preparation.prepare().forEach(ContextRefresh::run);
		}
		catch (RejectedConfigurationException ex) {
			failures.put(name, ex);
		}
	}

	/**
	 * Bind a second instance of a mutable bean.
	 * @param name name of the bean
	 * @return the instance, {@code null} if the bean is immutable or cannot be bound
	 */
	@Nullable Object copy(String name) {
		for (PropertiesBean bean : this.properties.named(Set.of(name))) {
			if (!bean.immutable()) {
				return copy(bean);
			}
		}
		return null;
	}

	/**
	 * The thread must not wait for a change, and so may need its own rehearsal context.
	 */
	private @Nullable Object copy(PropertiesBean bean) {
		if (this.lock.isHeldByCurrentThread() || !this.lock.tryLock()) {
			// before the configuration is read, which may just be replaced
			this.copied.add(bean.name());
			CandidateEnvironment current = new CandidateEnvironment(this.context);
			useCurrent(current);
			try (RehearsalContext own = new RehearsalContext(this.context, current)) {
				return copy(bean, own);
			}
		}
		try {
			if (this.closed) {
				return null;
			}
			useCurrent(this.candidate);
			return copy(bean, rehearsalContext());
		}
		finally {
			clearRehearsalContext();
			unlock();
			catchUp();
		}
	}

	/** A concurrent rehearsal does not see holders that are filled meanwhile. */
	private void refreshCopies() {
		if (!this.closed && !this.copied.isEmpty()) {
			useCurrent(this.candidate);
			for (PropertiesBean bean : this.properties.named(this.copied)) {
				this.copied.remove(bean.name());
				Object copy = copy(bean, rehearsalContext());
				if (copy != null) {
					this.properties.hold(bean, copy);
				}
			}
		}
	}

	private static @Nullable Object copy(PropertiesBean bean, RehearsalContext rehearsalContext) {
		try {
			Object copy = rehearsalContext.bind(bean);
			rehearsalContext.detach();
			return copy;
		}
		catch (RuntimeException ex) {
			return null;
		}
	}

	/**
	 * Return all properties that beans are bound to.
	 * @param beans selects the beans
	 * @return names of the properties
	 */
	Set<String> keys(Predicate<PropertiesBean> beans) {
		Set<String> keys = new LinkedHashSet<>();
		PropertyChanges all = new PropertyChanges(Comparison.names(this.context.getEnvironment()));
		for (PropertiesBean bean : this.properties.all()) {
			if (beans.test(bean)) {
				all.below(bean.prefix()).forEach((name) -> keys.add(name.toString()));
			}
		}
		return keys;
	}

	@Override
	public void destroy() {
		this.refreshes.forEach((refresh) -> refresh.remove(this));
		boolean locked = false;
		try {
			locked = this.lock.tryLock(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		this.closed = true;
		if (locked) {
			try {
				if (this.rehearsalContext != null) {
					this.rehearsalContext.close();
				}
			}
			finally {
				this.lock.unlock();
			}
		}
	}

	/**
	 * Prepares updates.
	 */
	@FunctionalInterface
	private interface Preparation {

		List<Runnable> prepare() throws RejectedConfigurationException;

	}

	/**
	 * The result of a successful rehearsal.
	 *
	 * @param refresh the context
	 * @param changes the properties that change for it
	 * @param commits the updates of its beans
	 * @param properties the affected beans that are bound to properties
	 * @param scoped names of the refresh-scoped beans to recreate
	 * @param cached names of the properties that could not be rehearsed
	 */
	record Rehearsed(ContextRefresh refresh, PropertyChanges changes, List<Runnable> commits,
			List<PropertiesBean> properties, List<String> scoped, Set<String> cached) {

		void commit() {
			if (!this.changes.isEmpty()) {
				this.refresh.commit(this);
			}
		}

		/**
		 * Apply changes that could not be rehearsed, once caches have been cleared.
		 */
		void followCached() {
			if (!this.cached.isEmpty()) {
				this.refresh.followBestEffort(this.cached);
			}
		}

		/**
		 * Recreate refresh-scoped beans.
		 * @param current the configuration in use
		 * @return whether all could be recreated
		 */
		boolean renew(Configuration current) {
			return this.refresh.scoped.renew(this.scoped, this.changes, this.properties, current);
		}

	}

}
