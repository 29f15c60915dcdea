package io.github.etcdspring.pool;

import java.lang.reflect.Method;
import java.util.Set;

import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedConfigurationException;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.autoconfigure.task.TaskExecutionProperties;
import org.springframework.boot.autoconfigure.task.TaskSchedulingProperties;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.core.env.Environment;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

/**
 * Thread pools of the task executor and the task scheduler of Spring Boot. Beans that the
 * application defines are configured by its code.
 */
final class TaskPoolFollower extends PoolFollower {

	private static final ConfigurationPropertyName EXECUTION = ConfigurationPropertyName
		.of("spring.task.execution.pool");

	private static final ConfigurationPropertyName CORE_SIZE = EXECUTION.append("core-size");

	private static final ConfigurationPropertyName MAX_SIZE = EXECUTION.append("max-size");

	private static final ConfigurationPropertyName KEEP_ALIVE = EXECUTION.append("keep-alive");

	private static final ConfigurationPropertyName SIZE = ConfigurationPropertyName
		.of("spring.task.scheduling.pool.size");

	private final ConfigurableListableBeanFactory beans;

	private final Environment environment;

	TaskPoolFollower(ConfigurableListableBeanFactory beans, Environment environment) {
		this.beans = beans;
		this.environment = environment;
	}

	@Override
	public void check(Environment candidate, Set<String> changed) throws RejectedConfigurationException {
		try {
			if (contains(changed, CORE_SIZE) || contains(changed, MAX_SIZE)) {
				TaskExecutionProperties.Pool pool = execution(candidate);
				require(pool.getCoreSize() >= 0, candidate, CORE_SIZE, "must not be negative");
				require(pool.getMaxSize() > 0, candidate, MAX_SIZE, "must be greater than zero");
				require(pool.getCoreSize() <= pool.getMaxSize(), candidate,
						(contains(changed, MAX_SIZE)) ? MAX_SIZE : CORE_SIZE,
						"does not fit: the core size exceeds the maximum size");
			}
			if (contains(changed, KEEP_ALIVE)) {
				require(!execution(candidate).getKeepAlive().isNegative(), candidate, KEEP_ALIVE,
						"must not be negative");
			}
			if (contains(changed, SIZE)) {
				require(scheduling(candidate).getSize() > 0, candidate, SIZE, "must be greater than zero");
			}
		}
		catch (BindException ex) {
			// the dry run of the properties bean rejects it
		}
	}

	private static void require(boolean valid, Environment candidate, ConfigurationPropertyName name, String rule)
			throws RejectedConfigurationException {
		if (!valid) {
			throw new RejectedConfigurationException(KeyOrigin.of(candidate, name),
					"the property " + name + " " + rule);
		}
	}

	private static TaskExecutionProperties.Pool execution(Environment environment) {
		return Binder.get(environment).bindOrCreate("spring.task.execution", TaskExecutionProperties.class).getPool();
	}

	private static TaskSchedulingProperties.Pool scheduling(Environment environment) {
		return Binder.get(environment).bindOrCreate("spring.task.scheduling", TaskSchedulingProperties.class).getPool();
	}

	@Override
	void follow(Set<String> changed) {
		if (contains(changed, CORE_SIZE) || contains(changed, MAX_SIZE) || contains(changed, KEEP_ALIVE)) {
			ThreadPoolTaskExecutor executor = find("applicationTaskExecutor", ThreadPoolTaskExecutor.class);
			if (executor != null) {
				resize(executor, execution(this.environment));
			}
		}
		if (contains(changed, SIZE)) {
			ThreadPoolTaskScheduler scheduler = find("taskScheduler", ThreadPoolTaskScheduler.class);
			if (scheduler != null) {
				scheduler.setPoolSize(scheduling(this.environment).getSize());
			}
		}
	}

	/** The core size never exceeds the maximum size. */
	private static void resize(ThreadPoolTaskExecutor executor, TaskExecutionProperties.Pool pool) {
		executor.setKeepAliveSeconds((int) pool.getKeepAlive().toSeconds());
		if (pool.getMaxSize() >= executor.getCorePoolSize()) {
			executor.setMaxPoolSize(pool.getMaxSize());
			executor.setCorePoolSize(pool.getCoreSize());
		}
		else {
			executor.setCorePoolSize(pool.getCoreSize());
			executor.setMaxPoolSize(pool.getMaxSize());
		}
	}

	/** Returns a bean of Spring Boot. */
	private <T> @Nullable T find(String name, Class<T> type) {
		if (!this.beans.containsBeanDefinition(name)) {
			return null;
		}
		Object bean = this.beans.getBean(name);
		Method method = (this.beans.getMergedBeanDefinition(name) instanceof RootBeanDefinition definition)
				? definition.getResolvedFactoryMethod() : null;
		return (type.isInstance(bean) && method != null
				&& method.getDeclaringClass().getName().startsWith("org.springframework.boot.")) ? type.cast(bean)
						: null;
	}

}
