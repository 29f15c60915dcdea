package io.github.etcdspring.resilience;

import java.util.List;
import java.util.stream.Collectors;

import io.github.etcdspring.refresh.EtcdRefreshAutoConfiguration;
import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.common.CommonProperties;
import io.github.resilience4j.common.CompositeCustomizer;
import io.github.resilience4j.common.CustomizerWithName;
import io.github.resilience4j.common.bulkhead.configuration.BulkheadConfigCustomizer;
import io.github.resilience4j.common.circuitbreaker.configuration.CircuitBreakerConfigCustomizer;
import io.github.resilience4j.common.ratelimiter.configuration.RateLimiterConfigCustomizer;
import io.github.resilience4j.common.retry.configuration.RetryConfigCustomizer;
import io.github.resilience4j.common.timelimiter.configuration.TimeLimiterConfigCustomizer;
import io.github.resilience4j.core.registry.AbstractRegistry;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import io.github.resilience4j.retry.RetryRegistry;
import io.github.resilience4j.timelimiter.TimeLimiterRegistry;
import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.ImportRuntimeHints;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration that makes the instances of Resilience4j follow configuration
 * changes.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = EtcdRefreshAutoConfiguration.class)
@AutoConfigureOrder(Ordered.LOWEST_PRECEDENCE)
@ConditionalOnClass({ CommonProperties.class, AbstractRegistry.class })
@ConditionalOnBean(name = "etcdLiveConfiguration")
@ConditionalOnProperty(name = "spring.cloud.etcd.resilience.enabled", matchIfMissing = true)
@ImportRuntimeHints(EtcdResilienceAutoConfiguration.Hints.class)
public final class EtcdResilienceAutoConfiguration {

	@Bean
	static RegistryBeans etcdResilienceRegistryBeans() {
		return new RegistryBeans();
	}

	@Bean
	ResilienceFollower etcdResilienceFollower(ObjectProvider<RegistryFollower<?, ?, ?, ?>> registries) {
		return new ResilienceFollower(registries.orderedStream().collect(Collectors.toUnmodifiableList()));
	}

	private static <T extends CustomizerWithName> CompositeCustomizer<T> composite(ObjectProvider<T> customizers) {
		List<T> list = customizers.orderedStream().toList();
		return new CompositeCustomizer<>(list);
	}

	/**
	 * Configuration of circuit breakers.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(CircuitBreakerRegistry.class)
	@ConditionalOnRegistry(RegistryBeans.CIRCUIT_BREAKERS)
	static class CircuitBreakerConfiguration {

		@Bean(initMethod = "start")
		CircuitBreakerFollower etcdCircuitBreakerFollower(Environment environment, BeanFactory beans,
				ObjectProvider<CircuitBreakerConfigCustomizer> customizers) {
			return new CircuitBreakerFollower(environment,
					RegistryBeans.get(beans, RegistryBeans.CIRCUIT_BREAKERS, CircuitBreakerRegistry.class),
					composite(customizers));
		}

	}

	/**
	 * Configuration of rate limiters.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(RateLimiterRegistry.class)
	@ConditionalOnRegistry(RegistryBeans.RATE_LIMITERS)
	static class RateLimiterConfiguration {

		@Bean(initMethod = "start")
		RateLimiterFollower etcdRateLimiterFollower(Environment environment, BeanFactory beans,
				ObjectProvider<RateLimiterConfigCustomizer> customizers) {
			return new RateLimiterFollower(environment,
					RegistryBeans.get(beans, RegistryBeans.RATE_LIMITERS, RateLimiterRegistry.class),
					composite(customizers));
		}

	}

	/**
	 * Configuration of semaphore bulkheads.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(BulkheadRegistry.class)
	@ConditionalOnRegistry(RegistryBeans.BULKHEADS)
	static class BulkheadConfiguration {

		@Bean(initMethod = "start")
		BulkheadFollower etcdBulkheadFollower(Environment environment, BeanFactory beans,
				ObjectProvider<BulkheadConfigCustomizer> customizers) {
			return new BulkheadFollower(environment,
					RegistryBeans.get(beans, RegistryBeans.BULKHEADS, BulkheadRegistry.class), composite(customizers));
		}

	}

	/**
	 * Configuration of retries.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(RetryRegistry.class)
	@ConditionalOnRegistry(RegistryBeans.RETRIES)
	static class RetryConfiguration {

		@Bean(initMethod = "start")
		RetryFollower etcdRetryFollower(Environment environment, BeanFactory beans,
				ObjectProvider<RetryConfigCustomizer> customizers) {
			return new RetryFollower(environment, RegistryBeans.get(beans, RegistryBeans.RETRIES, RetryRegistry.class),
					composite(customizers));
		}

	}

	/**
	 * Configuration of time limiters.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(TimeLimiterRegistry.class)
	@ConditionalOnRegistry(RegistryBeans.TIME_LIMITERS)
	static class TimeLimiterConfiguration {

		@Bean(initMethod = "start")
		TimeLimiterFollower etcdTimeLimiterFollower(Environment environment, BeanFactory beans,
				ObjectProvider<TimeLimiterConfigCustomizer> customizers) {
			return new TimeLimiterFollower(environment,
					RegistryBeans.get(beans, RegistryBeans.TIME_LIMITERS, TimeLimiterRegistry.class),
					composite(customizers));
		}

	}

	/**
	 * Hints for the field that holds the default configuration of a registry.
	 */
	static final class Hints implements RuntimeHintsRegistrar {

		@Override
		public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
			hints.reflection()
				.registerType(AbstractRegistry.class, (type) -> type.withField(RegistryFollower.CONFIGURATIONS_FIELD));
		}

	}

}
