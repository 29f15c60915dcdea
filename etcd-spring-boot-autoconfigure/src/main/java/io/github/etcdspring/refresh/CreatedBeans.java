package io.github.etcdspring.refresh;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.InstantiationAwareBeanPostProcessor;

/**
 * Tracks which beans of a context were created while a change was applied, and which
 * changes they may have missed.
 */
final class CreatedBeans implements InstantiationAwareBeanPostProcessor {

	private static final int MAX_REMEMBERED_CHANGES = 100;

	private final Map<String, Long> started = new ConcurrentHashMap<>();

	private final Queue<LateBean> late = new ConcurrentLinkedQueue<>();

	/** Counts the starts and ends of changes: odd while a change is under way. */
	private final AtomicLong changes = new AtomicLong();

	/** The last changes. Confined to the thread that applies changes. */
	private final Deque<Applied> recent = new ArrayDeque<>();

	private volatile Runnable onLate = () -> {
	};

	private final Map<LiveConfiguration, Configuration> initial;

	/**
	 * Create before any other bean of the context.
	 * @param configurations the configurations of its environment, as they are now
	 */
	CreatedBeans(Map<LiveConfiguration, Configuration> configurations) {
		this.initial = new HashMap<>(configurations);
	}

	/**
	 * Return the configuration that was in use before any bean was created. Can be called
	 * once.
	 * @param live the configuration in use
	 */
	Configuration takeInitial(LiveConfiguration live) {
		Configuration initial = this.initial.remove(live);
		return (initial != null) ? initial : live.current();
	}

	/**
	 * Set the action that is called when a bean may have missed a change.
	 * @param action called on the thread that creates the bean
	 */
	void onLate(Runnable action) {
		this.onLate = action;
	}

	/**
	 * Record the start of a change.
	 */
	void begin() {
		this.changes.incrementAndGet();
	}

	/**
	 * Record that the change has been applied or rejected.
	 */
	void end() {
		this.changes.incrementAndGet();
	}

	/**
	 * Record a change that is being applied.
	 * @param changes the changed properties
	 */
	void applied(PropertyChanges changes) {
		this.recent.addLast(new Applied(this.changes.get(), changes));
		if (this.recent.size() > MAX_REMEMBERED_CHANGES) {
			this.recent.removeFirst();
		}
	}

	/**
	 * Return the properties that have changed since the creation of a bean began.
	 * @param late the bean
	 * @return the changes, {@code null} if they are no longer known
	 */
	@Nullable PropertyChanges missed(LateBean late) {
		if (this.recent.size() == MAX_REMEMBERED_CHANGES && this.recent.getFirst().number() > late.before()) {
			return null;
		}
		Set<String> keys = new LinkedHashSet<>();
		this.recent.stream()
			.filter((applied) -> applied.number() >= late.before())
			.forEach((applied) -> keys.addAll(applied.changes().keys()));
		return new PropertyChanges(keys);
	}

	@Nullable LateBean pollLate() {
		return this.late.poll();
	}

	boolean hasLate() {
		return !this.late.isEmpty();
	}

	@Override
	public @Nullable Object postProcessBeforeInstantiation(Class<?> type, String name) {
		this.started.put(name, this.changes.get());
		return null;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String name) {
		Long before = this.started.remove(name);
		long now = this.changes.get();
		if (before != null && (before != now || now % 2 != 0)) {
			this.late.add(new LateBean(name, bean, before));
			this.onLate.run();
		}
		return bean;
	}

	/**
	 * A change that has been applied.
	 *
	 * @param number the value of the counter when it was applied
	 * @param changes the changed properties
	 */
	private record Applied(long number, PropertyChanges changes) {

	}

	/**
	 * A bean that was created while a change was applied.
	 *
	 * @param name its name
	 * @param bean the bean
	 * @param before the value of the counter when its creation began
	 */
	record LateBean(String name, Object bean, long before) {

	}

}
