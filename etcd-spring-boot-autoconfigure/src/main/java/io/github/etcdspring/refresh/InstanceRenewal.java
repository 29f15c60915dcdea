package io.github.etcdspring.refresh;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentMap;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectFactory;

/**
 * Creates new instances of refresh-scoped beans on one thread. No other thread sees them
 * before all exist. A bean that cannot be created keeps its last instance.
 */
final class InstanceRenewal {

	private static final Log logger = LogFactory.getLog(InstanceRenewal.class);

	private final Set<String> names;

	private final ConcurrentMap<String, ScopedInstance> instances;

	private final InstanceCreation creation;

	private final InstanceRetirement retirement;

	private final Set<String> started = new HashSet<>();

	private final Map<String, ScopedInstance> created = new LinkedHashMap<>();

	private final Set<String> failed = new HashSet<>();

	/**
	 * Begin a renewal.
	 * @param names names of the target beans, which have instances
	 * @param instances the instances in use by the name of the target bean
	 * @param creation creates instances
	 * @param retirement destroys instances
	 */
	InstanceRenewal(Set<String> names, ConcurrentMap<String, ScopedInstance> instances, InstanceCreation creation,
			InstanceRetirement retirement) {
		this.names = names;
		this.instances = instances;
		this.creation = creation;
		this.retirement = retirement;
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
		return (this.names.contains(name) && !this.started.contains(name)) ? null : last(name);
	}

	private @Nullable ScopedInstance last(String name) {
		ScopedInstance instance = this.instances.get(name);
		return (instance != null && instance.isUsable()) ? instance : null;
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
			ScopedInstance fresh = this.creation.createNext(name, factory);
			this.created.put(name, fresh);
			return fresh;
		}
		catch (RuntimeException | Error ex) {
			ScopedInstance last = last(name);
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
			ScopedInstance former = this.instances.put(name, fresh);
			if (former != null) {
				replaced.put(name, former);
			}
		});
		replaced.values().forEach(this.retirement::retire);
		this.created.values().forEach(this.creation::retireIfClosed);
	}

	/**
	 * Destroy the new instances.
	 */
	void cancel() {
		this.created.values().forEach(this.retirement::drop);
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
