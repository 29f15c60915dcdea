package io.github.etcdspring.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * The configuration in force, for all property sources of an application. Any thread may
 * read it; it is replaced as a whole. Public only for the reports of the actuator.
 *
 * @since 0.1.0
 */
public final class ConfigStore {

	private final List<ConfigContext> contexts = new CopyOnWriteArrayList<>();

	private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

	private volatile Configuration configuration = Configuration.NONE;

	ConfigStore() {
	}

	/**
	 * What has been imported, in ascending precedence within an import.
	 * @return the contexts
	 */
	List<ConfigContext> contexts() {
		return List.copyOf(this.contexts);
	}

	/**
	 * What etcd holds, without the values.
	 * @return the property sources, those that win first
	 */
	public List<ImportedSource> sources() {
		Configuration now = this.configuration;
		List<ImportedSource> sources = new ArrayList<>();
		for (ConfigContext context : this.contexts) {
			sources.add(0, ImportedSource.of(context, now.of(context)));
		}
		return List.copyOf(sources);
	}

	Configuration configuration() {
		return this.configuration;
	}

	/**
	 * The property source of a context, as many as are asked for.
	 * @param context the context
	 * @return a view of this store
	 */
	EtcdPropertySource propertySource(ConfigContext context) {
		return new EtcdPropertySource(context, this::configuration);
	}

	void add(ConfigContext context) {
		if (!this.contexts.contains(context)) {
			this.contexts.add(context);
		}
	}

	/**
	 * Replace the configuration, as soon as nothing is being created from the former one
	 * or after some time.
	 * @param next the next configuration
	 * @param patience how long to wait
	 * @throws InterruptedException if the thread is interrupted
	 */
	void replace(Configuration next, Duration patience) throws InterruptedException {
		boolean locked = this.lock.writeLock().tryLock(patience.toMillis(), TimeUnit.MILLISECONDS);
		try {
			this.configuration = next;
		}
		finally {
			if (locked) {
				this.lock.writeLock().unlock();
			}
		}
	}

	/**
	 * Create something from one and the same configuration.
	 * @param <T> what is created
	 * @param creation creates it
	 * @return what has been created
	 */
	<T> T fromOneConfiguration(Supplier<T> creation) {
		this.lock.readLock().lock();
		try {
			return creation.get();
		}
		finally {
			this.lock.readLock().unlock();
		}
	}

}
