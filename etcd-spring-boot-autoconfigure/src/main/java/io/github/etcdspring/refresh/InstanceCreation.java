package io.github.etcdspring.refresh;

import java.lang.reflect.AnnotatedElement;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeoutException;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanCreationException;
import org.springframework.beans.factory.BeanCreationNotAllowedException;
import org.springframework.beans.factory.ObjectFactory;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;

/**
 * Creates instances of refresh-scoped beans. An instance created during a configuration
 * change is discarded and created again, so that it never mixes two revisions.
 */
final class InstanceCreation {

	private static final Log logger = LogFactory.getLog(InstanceCreation.class);

	/** Meta-annotation of all listener annotations; a name, as the class is optional. */
	private static final String MESSAGE_MAPPING = "org.springframework.messaging.handler.annotation.MessageMapping";

	private static final Duration TIMEOUT = Duration.ofSeconds(30);

	private static final int MAX_ATTEMPTS = 10;

	private final LiveConfiguration configuration;

	private final ConcurrentMap<String, ScopedInstance> instances;

	private final InstanceRetirement retirement;

	private final Set<String> notRefreshable = ConcurrentHashMap.newKeySet();

	/** Not static, as names are unique only within a bean factory. */
	@SuppressWarnings("ThreadLocalUsage")
	private final ThreadLocal<@Nullable ScopedInstance> current = new ThreadLocal<>();

	private volatile boolean closed;

	/**
	 * Create for a scope.
	 * @param configuration the configuration in use
	 * @param instances the instances in use by the name of the target bean
	 * @param retirement destroys instances that cannot be used
	 */
	InstanceCreation(LiveConfiguration configuration, ConcurrentMap<String, ScopedInstance> instances,
			InstanceRetirement retirement) {
		this.configuration = configuration;
		this.instances = instances;
		this.retirement = retirement;
	}

	/**
	 * Create the first instance of a bean, or wait until another thread has created it.
	 * @param name the name of the target bean
	 * @param factory creates the bean
	 * @return the instance in use
	 */
	ScopedInstance createFirst(String name, ObjectFactory<?> factory) {
		int attempts = 0;
		while (attempts < MAX_ATTEMPTS) {
			if (this.closed) {
				throw new BeanCreationNotAllowedException(name, "The refresh scope is closed");
			}
			ScopedInstance fresh = new ScopedInstance(name, this.configuration.current());
			ScopedInstance other = this.instances.putIfAbsent(name, fresh);
			if (other == null) {
				if (create(fresh, factory)) {
					retireIfClosed(fresh);
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

	private ScopedInstance createNext(String name, ObjectFactory<?> factory) {
		for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
			ScopedInstance fresh = new ScopedInstance(name, this.configuration.current());
			if (create(fresh, factory)) {
				return fresh;
			}
		}
		throw changing(name);
	}

	/**
	 * Return the instance in use of a bean.
	 * @param name the name of the target bean
	 * @return the instance, {@code null} if there is none or it is still being created
	 */
	@Nullable ScopedInstance current(String name) {
		ScopedInstance instance = this.instances.get(name);
		return (instance != null && instance.isUsable()) ? instance : null;
	}

	/**
	 * Begin to replace instances. A bean that is being created is created again instead.
	 * @param names names of the target beans
	 * @return the renewal of those that exist and can be refreshed
	 */
	Renewal renewal(Collection<String> names) {
		Set<String> renewable = new LinkedHashSet<>();
		for (String name : names) {
			ScopedInstance instance = this.instances.get(name);
			if (instance == null || !isRefreshable(name)) {
				continue;
			}
			if (instance.discard()) {
				// The thread that creates it starts over
				this.instances.remove(name, instance);
			}
			else {
				renewable.add(name);
			}
		}
		return new Renewal(renewable);
	}

	/**
	 * Create the bean of an instance.
	 * @return whether it can be used: one created during a change is discarded
	 */
	private boolean create(ScopedInstance fresh, ObjectFactory<?> factory) {
		ScopedInstance outer = this.current.get();
		this.current.set(fresh);
		boolean usable = false;
		try {
			fresh.create(factory::getObject);
			usable = fresh.complete(this.configuration.current());
		}
		finally {
			if (outer != null) {
				this.current.set(outer);
			}
			else {
				this.current.remove();
			}
			if (!usable) {
				this.instances.remove(fresh.name(), fresh);
				fresh.discard();
				this.retirement.drop(fresh);
			}
		}
		if (usable && hasMessageListeners(fresh.bean()) && this.notRefreshable.add(fresh.name())) {
			logger.warn("Refresh-scoped bean '" + fresh.beanName() + "' has message listeners and is not refreshed, "
					+ "as each new instance would add a consumer. Move the listeners to a singleton and read the "
					+ "configuration from LiveProperties");
		}
		return usable;
	}

	/**
	 * Whether a bean has message listeners, such as {@code @KafkaListener} methods. Their
	 * containers are registered for each instance and never removed.
	 */
	private static boolean hasMessageListeners(Object bean) {
		Class<?> type = AopUtils.getTargetClass(bean);
		return isListener(type) || !MethodIntrospector.selectMethods(type, InstanceCreation::isListener).isEmpty();
	}

	private static boolean isListener(AnnotatedElement element) {
		return MergedAnnotations.from(element, SearchStrategy.TYPE_HIERARCHY)
			.stream(MESSAGE_MAPPING)
			.anyMatch((annotation) -> annotation.getDistance() > 0);
	}

	private static boolean await(ScopedInstance other) {
		try {
			return other.await(TIMEOUT);
		}
		catch (TimeoutException ex) {
			throw new BeanCreationException(other.name(), "Another thread has been creating the bean for more than "
					+ TIMEOUT.toSeconds() + " s. Check its dependencies for a deadlock", ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new BeanCreationException(other.name(), "Interrupted while another thread is creating the bean", ex);
		}
	}

	private static BeanCreationException changing(String name) {
		return new BeanCreationException(name, "The configuration changed during each of " + MAX_ATTEMPTS
				+ " attempts to create the bean. Retry when it changes less often");
	}

	/**
	 * Register the destruction callback of a bean, which this thread may be creating.
	 * @param name the name of the target bean
	 * @param callback the callback
	 */
	void registerDestructionCallback(String name, Runnable callback) {
		ScopedInstance instance = this.current.get();
		if (instance == null || !instance.name().equals(name)) {
			instance = this.instances.get(name);
		}
		if (instance != null) {
			instance.onDestruction(callback);
		}
	}

	/**
	 * Return whether a bean can have more than one instance.
	 * @param name the name of the target bean
	 */
	boolean isRefreshable(String name) {
		return !this.notRefreshable.contains(name);
	}

	/**
	 * Retire an instance in use that was created while the scope was being closed.
	 * @param instance the instance
	 */
	void retireIfClosed(ScopedInstance instance) {
		if (this.closed && this.instances.remove(instance.name(), instance)) {
			this.retirement.retire(instance);
		}
	}

	/** Stop creating instances. */
	void close() {
		this.closed = true;
	}

	/**
	 * Creates new instances of refresh-scoped beans on one thread. No other thread sees
	 * them before all exist. A bean that cannot be created keeps its last instance.
	 */
	final class Renewal {

		private final Set<String> names;

		private final Set<String> started = new HashSet<>();

		private final Map<String, ScopedInstance> created = new LinkedHashMap<>();

		private final Set<String> failed = new HashSet<>();

		private Renewal(Set<String> names) {
			this.names = names;
		}

		Set<String> names() {
			return this.names;
		}

		/**
		 * Find the instance that the thread of the renewal uses.
		 * @param name the name of the target bean
		 * @return {@code null} if it is to be created; in a cycle, the one in use
		 */
		@Nullable ScopedInstance find(String name) {
			ScopedInstance fresh = this.created.get(name);
			if (fresh != null) {
				return fresh;
			}
			return (this.names.contains(name) && !this.started.contains(name)) ? null : current(name);
		}

		/**
		 * Create the new instance of a bean.
		 * @param name the name of the target bean
		 * @param factory creates the bean
		 * @return the instance, the last one if it cannot be created
		 */
		ScopedInstance create(String name, ObjectFactory<?> factory) {
			this.started.add(name);
			try {
				ScopedInstance fresh = createNext(name, factory);
				this.created.put(name, fresh);
				return fresh;
			}
			catch (RuntimeException | Error ex) {
				ScopedInstance last = current(name);
				if (last == null) {
					throw ex;
				}
				logger.error("Failed to recreate refresh-scoped bean '" + last.beanName()
						+ "', which keeps its last instance: " + FailureCause.location(ex));
				this.failed.add(name);
				return last;
			}
		}

		/**
		 * Publish the new instances to the application, and retire the former ones.
		 */
		void commit() {
			Map<String, ScopedInstance> replaced = new LinkedHashMap<>();
			this.created.forEach((name, fresh) -> {
				ScopedInstance former = InstanceCreation.this.instances.put(name, fresh);
				if (former != null) {
					replaced.put(name, former);
				}
			});
			replaced.values().forEach(InstanceCreation.this.retirement::retire);
			this.created.values().forEach(InstanceCreation.this::retireIfClosed);
		}

		/**
		 * Destroy the new instances.
		 */
		void cancel() {
			this.created.values().forEach(InstanceCreation.this.retirement::drop);
		}

		/**
		 * Return the beans that have a new instance.
		 * @return the names of the target beans
		 */
		Set<String> renewed() {
			Set<String> renewed = new LinkedHashSet<>(this.names);
			renewed.retainAll(this.created.keySet());
			return renewed;
		}

		/**
		 * Return the beans that keep their last instance.
		 * @return the names of the target beans
		 */
		Set<String> failed() {
			return this.failed;
		}

	}

}
