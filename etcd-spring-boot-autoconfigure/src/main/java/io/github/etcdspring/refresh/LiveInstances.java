package io.github.etcdspring.refresh;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;

/**
 * Holds the newest instance of each bean that is bound to properties.
 */
final class LiveInstances {

	private final BeanFactory beans;

	private final ObjectProvider<ContextRefresh> refresh;

	private final Map<String, AtomicReference<@Nullable Object>> instances = new ConcurrentHashMap<>();

	LiveInstances(BeanFactory beans, ObjectProvider<ContextRefresh> refresh) {
		this.beans = beans;
		this.refresh = refresh;
	}

	/**
	 * Return a reference to the newest instance of a bean.
	 * @param bean name of the bean
	 * @return the reference, which is updated with each change
	 */
	AtomicReference<@Nullable Object> of(String bean) {
		AtomicReference<@Nullable Object> reference = reference(bean);
		if (reference.get() == null) {
			// A concurrent change may have set a newer instance
			reference.compareAndSet(null, first(bean));
		}
		return reference;
	}

	/** Returns the bean itself if it is immutable, otherwise a copy. */
	private Object first(String bean) {
		ContextRefresh refresh = this.refresh.getIfAvailable();
		Object instance = (refresh != null) ? refresh.copy(bean) : null;
		return (instance != null) ? instance : this.beans.getBean(bean);
	}

	/**
	 * Replace the newest instance of a bean.
	 * @param bean name of the bean
	 * @param instance the instance
	 */
	void replace(String bean, Object instance) {
		reference(bean).set(instance);
	}

	/**
	 * Return whether there is a holder for a bean.
	 * @param bean name of the bean
	 */
	boolean isUsed(String bean) {
		return this.instances.containsKey(bean);
	}

	private AtomicReference<@Nullable Object> reference(String bean) {
		return this.instances.computeIfAbsent(bean, (name) -> new AtomicReference<>());
	}

	/**
	 * Returns the newest instance of one bean.
	 *
	 * @param <T> class of the bean
	 */
	static final class Holder<T> implements LiveProperties<T> {

		private final AtomicReference<@Nullable Object> instance;

		Holder(LiveInstances instances, String bean) {
			this.instance = instances.of(bean);
		}

		@Override
		@SuppressWarnings("unchecked")
		public T get() {
			return (T) Objects.requireNonNull(this.instance.get());
		}

	}

}
