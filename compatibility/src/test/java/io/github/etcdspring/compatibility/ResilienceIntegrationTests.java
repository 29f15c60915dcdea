package io.github.etcdspring.compatibility;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;

import io.github.etcdspring.refresh.EtcdConfigurationRejectedEvent;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.common.circuitbreaker.configuration.CircuitBreakerConfigCustomizer;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryRegistry;
import io.github.resilience4j.timelimiter.TimeLimiter;
import io.github.resilience4j.timelimiter.TimeLimiterRegistry;
import io.micrometer.core.instrument.MeterRegistry;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.EventListener;
import org.springframework.util.StringUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Instances of Resilience4j that follow their configuration. Each test has its own names.
 */
class ResilienceIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(30);

	private static final EtcdServer etcd = EtcdServer.start();

	private static ConfigurableApplicationContext context;

	private static CircuitBreakerRegistry circuitBreakers;

	@BeforeAll
	static void start() {
		for (String name : List.of("orders", "payments", "open", "forced", "removed", "metered", "annotated",
				"customized", "rejected")) {
			put("circuitbreaker/instances/" + name + "/minimum-number-of-calls", "10");
		}
		put("ratelimiter/instances/orders/limit-for-period", "5");
		put("ratelimiter/instances/orders/limit-refresh-period", "1h");
		put("ratelimiter/instances/orders/timeout-duration", "0s");
		put("ratelimiter/instances/payments/limit-for-period", "5");
		put("bulkhead/instances/orders/max-concurrent-calls", "2");
		put("bulkhead/instances/orders/max-wait-duration", "0s");
		put("bulkhead/instances/smaller/max-concurrent-calls", "2");
		put("retry/instances/orders/max-attempts", "2");
		put("retry/instances/orders/wait-duration", "1ms");
		put("retry/instances/payments/max-attempts", "2");
		put("timelimiter/instances/orders/timeout-duration", "10s");
		put("timelimiter/instances/payments/timeout-duration", "10s");
		etcd.etcdctl("put", "/config/shop/rules.yaml", snippets("yaml").get(0));
		context = run(Shop.class);
		circuitBreakers = context.getBean(CircuitBreakerRegistry.class);
	}

	private static ConfigurableApplicationContext run(Class<?> application, String... properties) {
		return new SpringApplicationBuilder(application).web(WebApplicationType.NONE)
			.properties("spring.application.name=shop", "spring.config.import=etcd:",
					"spring.cloud.etcd.endpoints=" + etcd.endpoint(), "spring.cloud.etcd.discovery.register=false",
					"libraries=resilience4j,circuitbreaker", "spring.main.banner-mode=off",
					"spring.main.register-shutdown-hook=false")
			.properties(properties)
			.run();
	}

	static <T> T bean(Class<T> type) {
		return context.getBean(type);
	}

	@AfterAll
	static void stop() {
		context.close();
		etcd.close();
	}

	private static void put(String key, String value) {
		etcd.etcdctl("put", "/config/shop/resilience4j/" + key, value);
	}

	private static void delete(String key) {
		etcd.etcdctl("del", "/config/shop/resilience4j/" + key);
	}

	private static void eventually(Supplier<Boolean> condition) {
		await().atMost(SOON).until(condition::get);
	}

	private static CircuitBreakerConfig config(String name) {
		return circuitBreakers.circuitBreaker(name).getCircuitBreakerConfig();
	}

	private static void fail(CircuitBreaker circuitBreaker) {
		circuitBreaker.onError(1, TimeUnit.MILLISECONDS, new IllegalStateException());
	}

	/** Returns the snippets of the guide. */
	private static List<String> snippets(String language) {
		try {
			return Pattern.compile("^```" + language + "\\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL)
				.matcher(Files.readString(Path.of("../docs/live-rules.md")))
				.results()
				.map((snippet) -> snippet.group(1))
				.toList();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Test
	void guideShowsChangesThatApplyAndOneThatIsRejected() {
		RateLimiterRegistry rateLimiters = context.getBean(RateLimiterRegistry.class);
		assertThat(config("inventory").getFailureRateThreshold()).isEqualTo(50);
		String threshold = "";
		for (String command : snippets("shell").get(0).lines().toList()) {
			String[] words = StringUtils.delimitedListToStringArray(command, " ");
			etcd.etcdctl(Arrays.copyOfRange(words, 1, words.length));
			threshold = words[2];
			if (!command.endsWith(" 500")) {
				String property = words[2].replace("/config/shop/", "").replace('/', '.');
				eventually(() -> words[3].equals(context.getEnvironment().getProperty(property)));
			}
		}
		assertThat(rejection(threshold).getReason()).contains("Resilience4j does not accept the value of"
				+ " resilience4j.circuitbreaker.instances.inventory.failure-rate-threshold"
				+ " (java.lang.IllegalArgumentException)");
		assertThat(config("inventory").getFailureRateThreshold()).isEqualTo(30);
		assertThat(rateLimiters.rateLimiter("inventory").getRateLimiterConfig().getLimitForPeriod()).isEqualTo(10);
		etcd.etcdctl("put", threshold, "30");
	}

	@Test
	void changesTheNamedCircuitBreakerAndKeepsTheCallsOfOthers() {
		CircuitBreaker payments = circuitBreakers.circuitBreaker("payments");
		fail(payments);
		put("circuitbreaker/instances/orders/failure-rate-threshold", "30");
		eventually(() -> config("orders").getFailureRateThreshold() == 30);
		assertThat(config("orders").getMinimumNumberOfCalls()).isEqualTo(10);
		assertThat(circuitBreakers.circuitBreaker("payments")).isSameAs(payments);
		assertThat(payments.getMetrics().getNumberOfFailedCalls()).isOne();
	}

	@Test
	void keepsACircuitBreakerWhoseEffectiveConfigurationIsTheSame() {
		put("circuitbreaker/configs/shared/sliding-window-size", "50");
		put("circuitbreaker/instances/inheriting/base-config", "shared");
		put("circuitbreaker/instances/overriding/base-config", "shared");
		put("circuitbreaker/instances/overriding/sliding-window-size", "20");
		eventually(() -> circuitBreakers.find("overriding").isPresent()
				&& config("overriding").getSlidingWindowSize() == 20);
		CircuitBreaker overriding = circuitBreakers.circuitBreaker("overriding");
		put("circuitbreaker/configs/shared/sliding-window-size", "60");
		eventually(() -> config("inheriting").getSlidingWindowSize() == 60);
		assertThat(circuitBreakers.circuitBreaker("overriding")).isSameAs(overriding);
		assertThat(circuitBreakers.getConfiguration("shared").orElseThrow().getSlidingWindowSize()).isEqualTo(60);
	}

	@Test
	void rejectsAnImpossibleValueWithItsKey() {
		CircuitBreaker rejected = circuitBreakers.circuitBreaker("rejected");
		put("circuitbreaker/instances/rejected/failure-rate-threshold", "500");
		EtcdConfigurationRejectedEvent event = rejection("rejected/failure-rate-threshold");
		assertThat(event.getReason())
			.contains("Resilience4j does not accept the value of"
					+ " resilience4j.circuitbreaker.instances.rejected.failure-rate-threshold")
			.doesNotContain("500");
		assertThat(circuitBreakers.circuitBreaker("rejected")).isSameAs(rejected);
		put("circuitbreaker/instances/rejected/failure-rate-threshold", "40");
		eventually(() -> config("rejected").getFailureRateThreshold() == 40);
	}

	@Test
	void rejectsAConfigurationThatCannotBeCreatedWithItsKey() {
		put("circuitbreaker/instances/impossible/base-config", "missing");
		assertThat(rejection("impossible/base-config").getReason())
			.contains("the circuit breaker 'impossible' inherits from a configuration that does not exist")
			.doesNotContain("missing");
		delete("circuitbreaker/instances/impossible/base-config");
		put("circuitbreaker/instances/contradictory/wait-duration-in-open-state", "1s");
		put("circuitbreaker/instances/contradictory/enable-exponential-backoff", "true");
		eventually(() -> context.getEnvironment()
			.containsProperty("resilience4j.circuitbreaker.instances.contradictory.enable-exponential-backoff"));
		put("circuitbreaker/instances/contradictory/enable-randomized-wait", "true");
		assertThat(rejection("contradictory/enable-randomized-wait").getReason())
			.contains("the circuit breaker 'contradictory' cannot be created");
		delete("circuitbreaker/instances/contradictory/enable-randomized-wait");
		put("circuitbreaker/instances/healed/minimum-number-of-calls", "3");
		eventually(() -> config("healed").getMinimumNumberOfCalls() == 3);
	}

	private static EtcdConfigurationRejectedEvent rejection(String key) {
		List<EtcdConfigurationRejectedEvent> rejections = context.getBean(Rejections.class).events;
		await().atMost(SOON)
			.until(() -> rejections.stream()
				.anyMatch((event) -> Objects.requireNonNullElse(event.getKey(), "").endsWith(key)));
		return rejections.stream()
			.filter((event) -> Objects.requireNonNullElse(event.getKey(), "").endsWith(key))
			.findFirst()
			.orElseThrow();
	}

	@Test
	void circuitBreakersWithoutPropertiesFollowTheDefault() {
		CircuitBreaker lazy = circuitBreakers.circuitBreaker("lazy");
		CircuitBreaker code = circuitBreakers.circuitBreaker("code",
				CircuitBreakerConfig.custom().minimumNumberOfCalls(7).build());
		put("circuitbreaker/configs/default/permitted-number-of-calls-in-half-open-state", "4");
		eventually(() -> config("lazy").getPermittedNumberOfCallsInHalfOpenState() == 4);
		assertThat(circuitBreakers.circuitBreaker("lazy")).isNotSameAs(lazy);
		eventually(() -> config("payments").getPermittedNumberOfCallsInHalfOpenState() == 4);
		assertThat(config("created-later").getPermittedNumberOfCallsInHalfOpenState()).isEqualTo(4);
		assertThat(circuitBreakers.circuitBreaker("code")).isSameAs(code);
		delete("circuitbreaker/configs/default/permitted-number-of-calls-in-half-open-state");
		eventually(() -> config("lazy").getPermittedNumberOfCallsInHalfOpenState() == 10);
		eventually(() -> config("created-later").getPermittedNumberOfCallsInHalfOpenState() == 10);
	}

	@Test
	void instancesOfASharedConfigurationKeepIt() {
		put("circuitbreaker/configs/common/sliding-window-size", "50");
		eventually(() -> circuitBreakers.getConfiguration("common").isPresent());
		CircuitBreaker declared = circuitBreakers.circuitBreaker("declared", "common");
		CircuitBreaker undeclared = circuitBreakers.circuitBreaker("undeclared", "common");
		put("circuitbreaker/instances/declared/base-config", "common");
		put("circuitbreaker/configs/common/permitted-number-of-calls-in-half-open-state", "3");
		eventually(() -> config("undeclared").getPermittedNumberOfCallsInHalfOpenState() == 3
				&& config("declared").getPermittedNumberOfCallsInHalfOpenState() == 3);
		assertThat(config("undeclared").getSlidingWindowSize()).isEqualTo(50);
		assertThat(circuitBreakers.circuitBreaker("declared")).isNotSameAs(declared);
		assertThat(circuitBreakers.circuitBreaker("undeclared")).isNotSameAs(undeclared);
	}

	@Test
	void propertiesMayAppearAndDisappear() {
		CircuitBreaker used = circuitBreakers.circuitBreaker("used");
		put("circuitbreaker/instances/used/minimum-number-of-calls", "3");
		put("circuitbreaker/instances/unused/minimum-number-of-calls", "3");
		eventually(() -> circuitBreakers.find("unused").isPresent() && config("unused").getMinimumNumberOfCalls() == 3
				&& config("used").getMinimumNumberOfCalls() == 3);
		assertThat(circuitBreakers.circuitBreaker("used")).isNotSameAs(used);
		delete("circuitbreaker/instances/removed/minimum-number-of-calls");
		eventually(() -> config("removed").getMinimumNumberOfCalls() == 100);
	}

	@Test
	void changedCircuitBreakerKeepsItsState() {
		circuitBreakers.circuitBreaker("open").transitionToOpenState();
		circuitBreakers.circuitBreaker("forced").transitionToForcedOpenState();
		put("circuitbreaker/instances/open/wait-duration-in-open-state", "1h");
		put("circuitbreaker/instances/forced/wait-duration-in-open-state", "1h");
		eventually(() -> config("forced").getWaitIntervalFunctionInOpenState().apply(1) == 3_600_000L);
		assertThat(circuitBreakers.circuitBreaker("open").getState()).isEqualTo(CircuitBreaker.State.OPEN);
		assertThat(circuitBreakers.circuitBreaker("forced").getState()).isEqualTo(CircuitBreaker.State.FORCED_OPEN);
	}

	@Test
	void metersShowTheChangedCircuitBreaker() {
		fail(circuitBreakers.circuitBreaker("metered"));
		assertThat(failedCalls()).isOne();
		put("circuitbreaker/instances/metered/minimum-number-of-calls", "20");
		eventually(() -> config("metered").getMinimumNumberOfCalls() == 20);
		eventually(() -> failedCalls() == 0);
		fail(circuitBreakers.circuitBreaker("metered"));
		fail(circuitBreakers.circuitBreaker("metered"));
		assertThat(failedCalls()).isEqualTo(2);
	}

	private static double failedCalls() {
		return context.getBean(MeterRegistry.class)
			.get("resilience4j.circuitbreaker.buffered.calls")
			.tags("name", "metered", "kind", "failed")
			.gauge()
			.value();
	}

	@Test
	void annotatedMethodsUseTheChangedCircuitBreaker() {
		Annotated annotated = context.getBean(Annotated.class);
		put("circuitbreaker/instances/annotated/minimum-number-of-calls", "2");
		put("circuitbreaker/instances/annotated/sliding-window-size", "2");
		eventually(() -> config("annotated").getSlidingWindowSize() == 2);
		for (int i = 0; i < 2; i++) {
			assertThatIllegalStateException().isThrownBy(annotated::call);
		}
		assertThatExceptionOfType(CallNotPermittedException.class).isThrownBy(annotated::call);
	}

	@Test
	void customizersApplyToTheChangedCircuitBreaker() {
		put("circuitbreaker/instances/customized/minimum-number-of-calls", "20");
		eventually(() -> config("customized").getMinimumNumberOfCalls() == 20);
		assertThat(config("customized").getSlidingWindowSize()).isEqualTo(33);
	}

	@Test
	void limitOfARateLimiterChangesInPlace() {
		RateLimiterRegistry rateLimiters = context.getBean(RateLimiterRegistry.class);
		RateLimiter orders = rateLimiters.rateLimiter("orders");
		RateLimiter payments = rateLimiters.rateLimiter("payments");
		assertThat(orders.acquirePermission(3)).isTrue();
		put("ratelimiter/instances/orders/limit-for-period", "50");
		eventually(() -> rateLimiters.rateLimiter("orders").getRateLimiterConfig().getLimitForPeriod() == 50);
		assertThat(rateLimiters.rateLimiter("orders")).isSameAs(orders);
		assertThat(orders.getMetrics().getAvailablePermissions()).isEqualTo(2);
		put("ratelimiter/instances/orders/limit-refresh-period", "2h");
		eventually(() -> rateLimiters.rateLimiter("orders").getMetrics().getAvailablePermissions() == 50);
		assertThat(rateLimiters.rateLimiter("payments")).isSameAs(payments);
		put("ratelimiter/configs/default/timeout-duration", "7s");
		eventually(() -> payments.getRateLimiterConfig().getTimeoutDuration().equals(Duration.ofSeconds(7)));
		assertThat(rateLimiters.rateLimiter("payments")).isSameAs(payments);
		assertThat(rateLimiters.rateLimiter("orders").getRateLimiterConfig().getTimeoutDuration()).isZero();
	}

	@Test
	void bulkheadGrowsInPlaceWithItsCalls() {
		BulkheadRegistry bulkheads = context.getBean(BulkheadRegistry.class);
		Bulkhead orders = bulkheads.bulkhead("orders");
		assertThat(orders.tryAcquirePermission()).isTrue();
		put("bulkhead/instances/orders/max-concurrent-calls", "3");
		eventually(() -> bulkheads.bulkhead("orders").getBulkheadConfig().getMaxConcurrentCalls() == 3);
		assertThat(bulkheads.bulkhead("orders")).isSameAs(orders);
		assertThat(orders.getMetrics().getAvailableConcurrentCalls()).isEqualTo(2);
	}

	@Test
	void smallerBulkheadDoesNotWaitForCalls() {
		BulkheadRegistry bulkheads = context.getBean(BulkheadRegistry.class);
		Bulkhead smaller = bulkheads.bulkhead("smaller");
		assertThat(smaller.tryAcquirePermission()).isTrue();
		assertThat(smaller.tryAcquirePermission()).isTrue();
		put("bulkhead/instances/smaller/max-concurrent-calls", "1");
		eventually(() -> bulkheads.bulkhead("smaller").getBulkheadConfig().getMaxConcurrentCalls() == 1);
		smaller.onComplete();
		smaller.onComplete();
	}

	@Test
	void retriesFollow() {
		RetryRegistry retries = context.getBean(RetryRegistry.class);
		Retry payments = retries.retry("payments");
		put("retry/instances/orders/max-attempts", "4");
		eventually(() -> retries.retry("orders").getRetryConfig().getMaxAttempts() == 4);
		assertThat(retries.retry("orders").getRetryConfig().getIntervalBiFunction().apply(1, null)).isOne();
		assertThat(retries.retry("payments")).isSameAs(payments);
	}

	@Test
	void timeLimitersFollow() {
		TimeLimiterRegistry timeLimiters = context.getBean(TimeLimiterRegistry.class);
		TimeLimiter payments = timeLimiters.timeLimiter("payments");
		put("timelimiter/instances/orders/timeout-duration", "20s");
		eventually(() -> timeLimiters.timeLimiter("orders")
			.getTimeLimiterConfig()
			.getTimeoutDuration()
			.equals(Duration.ofSeconds(20)));
		assertThat(timeLimiters.timeLimiter("payments")).isSameAs(payments);
	}

	@Test
	void nothingFollowsIfTurnedOff() {
		try (ConfigurableApplicationContext other = run(Shop.class, "spring.cloud.etcd.resilience.enabled=false")) {
			assertThat(other.containsBean("circuitBreakerRegistry")).isTrue();
			assertThat(other.containsBean("etcdCircuitBreakerFollower")).isFalse();
		}
	}

	@Test
	void registryOfTheApplicationIsLeftAlone() {
		try (ConfigurableApplicationContext other = run(ShopWithRegistry.class)) {
			assertThat(other.containsBean("etcdRetryFollower")).isTrue();
			assertThat(other.containsBean("etcdCircuitBreakerFollower")).isFalse();
		}
	}

	static class Rejections {

		private final List<EtcdConfigurationRejectedEvent> events = new CopyOnWriteArrayList<>();

		@EventListener
		void rejected(EtcdConfigurationRejectedEvent event) {
			this.events.add(event);
		}

	}

	static class Annotated {

		@io.github.resilience4j.circuitbreaker.annotation.CircuitBreaker(name = "annotated")
		void call() {
			throw new IllegalStateException();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import({ Annotated.class, Rejections.class })
	static class Shop {

		@Bean
		CircuitBreakerConfigCustomizer customizer() {
			return CircuitBreakerConfigCustomizer.of("customized", (builder) -> builder.slidingWindowSize(33));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class ShopWithRegistry {

		@Bean
		CircuitBreakerRegistry circuitBreakerRegistry() {
			return CircuitBreakerRegistry.ofDefaults();
		}

	}

}
