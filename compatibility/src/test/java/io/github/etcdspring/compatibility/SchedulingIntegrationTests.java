package io.github.etcdspring.compatibility;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.cloud.context.config.annotation.RefreshScope;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.config.IntervalTask;
import org.springframework.scheduling.config.ScheduledTask;
import org.springframework.scheduling.config.ScheduledTaskHolder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Methods that Spring Framework calls at intervals.
 */
class SchedulingIntegrationTests extends AbstractCompatibilityTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	@Test
	void singletonReadsTheCurrentValueAndKeepsItsTask() {
		put("/config/shop/shop/name", "one");
		ConfigurableApplicationContext context = start(Shop.class);
		Reminder reminder = context.getBean(Reminder.class);
		Set<ScheduledTask> tasks = tasks(context);
		assertThat(tasks).hasSize(1);
		await().atMost(SOON).until(() -> "one".equals(reminder.seen));
		for (String name : new String[] { "two", "three" }) {
			put("/config/shop/shop/name", name);
			await().atMost(SOON).until(() -> name.equals(reminder.seen));
		}
		assertThat(tasks(context)).isEqualTo(tasks);
	}

	@Test
	void intervalFollowsInTheRefreshScopeWithOneTask() {
		put("/config/shop/shop/interval", "50ms");
		ConfigurableApplicationContext context = start(RefreshScopedShop.class);
		Set<ScheduledTask> tasks = tasks(context);
		AtomicInteger runs = context.getBean(AtomicInteger.class);
		await().atMost(SOON).until(() -> runs.get() > 2);
		put("/config/shop/shop/interval", "1h");
		await().atMost(SOON).until(() -> intervals(context).equals(Set.of(Duration.ofHours(1))));
		put("/config/shop/shop/interval", "40ms");
		await().atMost(SOON).until(() -> intervals(context).equals(Set.of(Duration.ofMillis(40))));
		int before = runs.get();
		await().atMost(SOON).until(() -> runs.get() > before + 2);
		assertThat(tasks(context)).hasSameSizeAs(tasks).hasSize(1);
	}

	private ConfigurableApplicationContext start(Class<?> application) {
		return start(application, "shop", WebApplicationType.NONE, "spring.cloud.etcd.discovery.register=false");
	}

	private static Set<ScheduledTask> tasks(ConfigurableApplicationContext context) {
		return context.getBean(ScheduledTaskHolder.class).getScheduledTasks();
	}

	private static Set<Duration> intervals(ConfigurableApplicationContext context) {
		return tasks(context).stream()
			.map((task) -> ((IntervalTask) task.getTask()).getIntervalDuration())
			.collect(Collectors.toSet());
	}

	static class Reminder {

		@Value("${shop.name}")
		private volatile String name;

		private volatile String seen = "";

		@Scheduled(fixedDelay = 50)
		void remind() {
			this.seen = this.name;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableScheduling
	@Import(Reminder.class)
	static class Shop {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableScheduling
	static class RefreshScopedShop {

		@Bean
		AtomicInteger runs() {
			return new AtomicInteger();
		}

		@Bean
		@RefreshScope
		RefreshScopedReminder reminder(AtomicInteger runs) {
			return new RefreshScopedReminder(runs);
		}

	}

	static class RefreshScopedReminder {

		private final AtomicInteger runs;

		RefreshScopedReminder(AtomicInteger runs) {
			this.runs = runs;
		}

		@Scheduled(fixedDelayString = "${shop.interval}")
		void remind() {
			this.runs.incrementAndGet();
		}

	}

}
