package io.github.etcdspring.refresh;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;

/**
 * The newest instance of one bean.
 *
 * @param <T> class of the bean
 */
final class LiveInstance<T> implements LiveProperties<T> {

	private final AtomicReference<@Nullable Object> instance;

	LiveInstance(LiveInstances instances, String bean) {
		this.instance = instances.of(bean);
	}

	@Override
	@SuppressWarnings("unchecked")
	public T get() {
		return (T) Objects.requireNonNull(this.instance.get());
	}

}
