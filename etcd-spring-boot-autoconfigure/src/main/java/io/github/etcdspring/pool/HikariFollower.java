package io.github.etcdspring.pool;

import java.sql.SQLException;
import java.sql.Wrapper;
import java.util.List;
import java.util.Set;
import java.util.function.ObjLongConsumer;
import java.util.function.ToLongFunction;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariConfigMXBean;
import com.zaxxer.hikari.HikariDataSource;
import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.PropertiesBeans;
import io.github.etcdspring.refresh.PropertiesBeans.PropertiesBean;
import io.github.etcdspring.refresh.RejectedConfigurationException;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.core.env.Environment;

/**
 * Connection pools of HikariCP: the properties that HikariCP can change while connections
 * stay open.
 */
final class HikariFollower extends PoolFollower {

	private static final int DEFAULT_POOL_SIZE = 10;

	private static final Setting MAXIMUM_POOL_SIZE = new Setting("maximum-pool-size", (config) -> DEFAULT_POOL_SIZE,
			(pool, value) -> pool.setMaximumPoolSize(Math.toIntExact(value)));

	private static final Setting MINIMUM_IDLE = new Setting("minimum-idle", HikariConfigMXBean::getMaximumPoolSize,
			(pool, value) -> pool.setMinimumIdle(Math.toIntExact(value)));

	/** The maximum precedes the minimum, which it is the default of. */
	private static final List<Setting> SETTINGS = List.of(MAXIMUM_POOL_SIZE, MINIMUM_IDLE,
			new Setting("connection-timeout", HikariConfig::getConnectionTimeout,
					HikariConfigMXBean::setConnectionTimeout),
			new Setting("idle-timeout", HikariConfig::getIdleTimeout, HikariConfigMXBean::setIdleTimeout),
			new Setting("leak-detection-threshold", HikariConfig::getLeakDetectionThreshold,
					HikariConfigMXBean::setLeakDetectionThreshold),
			new Setting("max-lifetime", HikariConfig::getMaxLifetime, HikariConfigMXBean::setMaxLifetime),
			new Setting("validation-timeout", HikariConfig::getValidationTimeout,
					HikariConfigMXBean::setValidationTimeout));

	private final ConfigurableListableBeanFactory beans;

	private final Environment environment;

	private final PropertiesBeans properties;

	HikariFollower(ConfigurableListableBeanFactory beans, Environment environment) {
		this.beans = beans;
		this.environment = environment;
		this.properties = new PropertiesBeans(beans);
	}

	private List<PropertiesBean> pools() {
		return this.properties.all()
			.stream()
			.filter((bean) -> HikariDataSource.class.isAssignableFrom(bean.type()))
			.toList();
	}

	@Override
	public void check(Environment candidate, Set<String> changed) throws RejectedConfigurationException {
		for (PropertiesBean bean : pools()) {
			HikariConfig config = defaults(DEFAULT_POOL_SIZE);
			for (Setting setting : SETTINGS) {
				ConfigurationPropertyName name = setting.property(bean);
				if (contains(changed, name)) {
					try {
						setting.setter().accept(config, setting.read(candidate, bean, config));
					}
					catch (BindException | IllegalArgumentException | ArithmeticException ex) {
						throw new RejectedConfigurationException(KeyOrigin.of(candidate, name),
								"the connection pool '" + bean.name() + "' does not accept the value of " + name + " ("
										+ ex.getClass().getName() + ")");
					}
				}
			}
		}
	}

	@Override
	void follow(Set<String> changed) {
		for (PropertiesBean bean : pools()) {
			HikariDataSource pool = null;
			for (Setting setting : SETTINGS) {
				if (contains(changed, setting.property(bean))
						|| (setting == MINIMUM_IDLE && contains(changed, MAXIMUM_POOL_SIZE.property(bean)))) {
					pool = (pool != null) ? pool : pool(bean.name());
					if (pool == null) {
						break;
					}
					long value = setting.read(this.environment, bean, defaults(pool.getMaximumPoolSize()));
					setting.setter().accept(pool.getHikariConfigMXBean(), value);
				}
			}
		}
	}

	/**
	 * Return the defaults of a pool.
	 * @param maximumPoolSize its size, negative before the first connection if it has the
	 * default
	 */
	private static HikariConfig defaults(int maximumPoolSize) {
		HikariConfig defaults = new HikariConfig();
		defaults.setMaximumPoolSize((maximumPoolSize > 0) ? maximumPoolSize : DEFAULT_POOL_SIZE);
		return defaults;
	}

	private @Nullable HikariDataSource pool(String name) {
		try {
			return (this.beans.getBean(name) instanceof Wrapper wrapper && wrapper.isWrapperFor(HikariDataSource.class))
					? wrapper.unwrap(HikariDataSource.class) : null;
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * A property that can change while the pool is in use.
	 *
	 * @param name its name below the prefix of the pool
	 * @param defaultValue returns the value without the property
	 * @param setter changes it
	 */
	private record Setting(String name, ToLongFunction<HikariConfig> defaultValue,
			ObjLongConsumer<HikariConfigMXBean> setter) {

		ConfigurationPropertyName property(PropertiesBean bean) {
			return bean.prefix().append(this.name);
		}

		long read(Environment environment, PropertiesBean bean, HikariConfig defaults) {
			return Binder.get(environment)
				.bind(property(bean).toString(), Long.class)
				.orElseGet(() -> this.defaultValue.applyAsLong(defaults));
		}

	}

}
