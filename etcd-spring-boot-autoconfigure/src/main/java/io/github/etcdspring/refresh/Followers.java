package io.github.etcdspring.refresh;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * All that follows the configuration, in two steps: everything gets ready, and only if
 * nothing objects does anything change.
 */
final class Followers {

	private static final Log logger = LogFactory.getLog(Followers.class);

	private final ConfigurableApplicationContext context;

	private final LiveConfiguration store;

	private final PropertiesFollower properties;

	private final List<Follower> others;

	private final ObjectProvider<CandidateCheck> checks;

	/**
	 * Others than etcd change the environment too, on threads of their own, and what got
	 * ready for one change must not be used after another.
	 */
	private final ReentrantLock lock = new ReentrantLock(true);

	Followers(ConfigurableApplicationContext context, LiveConfiguration store, PropertiesFollower properties,
			List<Follower> others, ObjectProvider<CandidateCheck> checks) {
		this.context = context;
		this.store = store;
		this.properties = properties;
		this.others = List.copyOf(others);
		this.checks = checks;
	}

	/**
	 * Put a configuration in force.
	 * @param next the configuration
	 * @return what it changes
	 * @throws RejectedCandidateException if the application cannot follow, and nothing
	 * has changed
	 * @throws InterruptedException if the thread is interrupted, and nothing has changed
	 */
	Changes follow(Configuration next) throws RejectedCandidateException, InterruptedException {
		this.lock.lockInterruptibly();
		try {
			CandidateEnvironment candidate = CandidateEnvironment.of(this.context, next);
			List<Runnable> prepared = new ArrayList<>();
			Changes changes = prepare(candidate, next, prepared);
			this.store.replace(next);
			prepared.forEach(Followers::run);
			return changes;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** There is no way back, so whatever happens, the others are to follow. */
	private static void run(Runnable prepared) {
		try {
			prepared.run();
		}
		catch (RuntimeException | Error ex) {
			logger.error("A part of the application does not follow the configuration: " + Rejection.place(ex));
		}
	}

	private Changes prepare(CandidateEnvironment candidate, Configuration next, List<Runnable> prepared)
			throws RejectedCandidateException {
		try {
			Changes changes = new Comparison(this.context.getEnvironment(), candidate).between(this.store.current(),
					next);
			if (!changes.isEmpty()) {
				for (CandidateCheck check : this.checks.orderedStream().toList()) {
					check.check(candidate, changes.keys());
				}
			}
			for (Follower follower : this.others) {
				prepared.add(follower.prepare(candidate, changes));
			}
			prepared.add(this.properties.prepare(candidate, changes));
			return changes;
		}
		catch (RuntimeException | Error ex) {
			Rejection.requireMemory(ex);
			throw new RejectedCandidateException(null, "the application cannot try it out: " + Rejection.place(ex));
		}
	}

	/**
	 * Follow what others than etcd have changed in the environment, each as far as it
	 * can.
	 * @param keys names of the properties
	 * @return why some stay what they are, by the name of the bean
	 */
	Map<String, RejectedCandidateException> follow(Set<String> keys) {
		this.lock.lock();
		try {
			CandidateEnvironment current = CandidateEnvironment.of(this.context, this.store.current());
			Changes changes = new Changes(References.spread(keys, current));
			Map<String, RejectedCandidateException> failures = new LinkedHashMap<>(
					this.properties.follow(current, changes));
			for (Follower follower : this.others) {
				try {
					run(follower.prepare(current, changes));
				}
				catch (RejectedCandidateException ex) {
					failures.put(follower.getClass().getSimpleName(), ex);
				}
			}
			return failures;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Bind another instance of a bean that goes on changing.
	 * @param bean name of the bean
	 * @return the instance, {@code null} if none can be had or need be
	 */
	@Nullable Object copy(String bean) {
		return this.properties.another(bean, CandidateEnvironment.of(this.context, this.store.current()));
	}

	/**
	 * All properties there are that beans are bound to.
	 * @param beans which beans
	 * @return names of the properties
	 */
	Set<String> keys(Predicate<PropertiesBean> beans) {
		Set<String> keys = new LinkedHashSet<>();
		Changes all = new Changes(References.names(this.context.getEnvironment()));
		for (PropertiesBean bean : this.properties.all()) {
			if (beans.test(bean)) {
				all.beneath(bean.prefix()).forEach((name) -> keys.add(name.toString()));
			}
		}
		return keys;
	}

	/**
	 * Beans bound to what a change has to do with.
	 * @param changes the change
	 * @return the beans
	 */
	List<PropertiesBean> affected(Changes changes) {
		return this.properties.affected(changes);
	}

}
