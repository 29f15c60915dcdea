package io.github.etcdspring.refresh;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.PropertySource;

/**
 * The configuration in use by all property sources of an application. Any thread may read
 * it; it is replaced as a whole.
 */
public final class LiveConfiguration {

	private final List<String> sources = new CopyOnWriteArrayList<>();

	private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

	private volatile Configuration configuration = Configuration.NONE;

	/**
	 * Return the names of the property sources, in ascending precedence within an import.
	 * @return the names
	 */
	public List<String> sources() {
		return List.copyOf(this.sources);
	}

	/**
	 * Return the configuration in use.
	 * @return the configuration
	 */
	public Configuration current() {
		return this.configuration;
	}

	/**
	 * Return a property source that always has the properties in use.
	 * @param name the name of the property source
	 * @return a view of this configuration; any number of them are equivalent
	 */
	public PropertySource<?> propertySource(String name) {
		return new LivePropertySource(name, this::current);
	}

	/**
	 * Add a source.
	 * @param name the name of the property source
	 */
	public void add(String name) {
		if (!this.sources.contains(name)) {
			this.sources.add(name);
		}
	}

	/**
	 * Replace the configuration before the application has started.
	 * @param next the next configuration
	 */
	public void initialize(Configuration next) {
		this.configuration = next;
	}

	/**
	 * Refuse to start with circular placeholders, which would otherwise fail only when
	 * the property is first read.
	 * @param environment the environment with everything that the application starts with
	 * @throws InvalidConfigImportException if placeholders are circular
	 */
	public void refuseCircularPlaceholders(ConfigurableEnvironment environment) {
		CircularPlaceholders.refuse(environment, this.configuration);
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
