package io.github.etcdspring.refresh;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.context.config.annotation.RefreshScope;
import org.springframework.cloud.context.refresh.ContextRefresher;
import org.springframework.cloud.context.scope.refresh.RefreshScopeRefreshedEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.messaging.handler.annotation.MessageMapping;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.scheduling.config.ScheduledTaskHolder;

import static org.assertj.core.api.Assertions.assertThat;

@ExtendWith(OutputCaptureExtension.class)
class EtcdRefreshScopeTests {

	private static final Map<String, String> INITIAL = Map.of("a.name", "a", "b.name", "b", "mutable.name", "m",
			"scoped.name", "s");

	@Test
	void onlyAffectedBeansAreRecreated() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			ByValue byValue = application.bean(ByValue.class);
			ByEnvironment byEnvironment = application.bean(ByEnvironment.class);
			int values = byValue.instance();
			int environments = byEnvironment.instance();
			application.put("a.name", "a2");
			assertThat(byValue.name()).isEqualTo("a2");
			assertThat(byValue.instance()).isGreaterThan(values);
			assertThat(byEnvironment.instance()).isEqualTo(environments);
			values = byValue.instance();
			application.put("b.name", "b2");
			assertThat(byEnvironment.name()).isEqualTo("b2");
			assertThat(byValue.instance()).isEqualTo(values);
			environments = byEnvironment.instance();
			application.put("c.name", "c");
			assertThat(byValue.instance()).isEqualTo(values);
			assertThat(byEnvironment.instance()).isEqualTo(environments);
		}
	}

	@Test
	void beanIsRecreatedWhenAMissingKeyThatItReadIsAdded() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			assertThat(application.bean(ByEnvironment.class).missing()).isNull();
			application.put("missing", "here");
			assertThat(application.bean(ByEnvironment.class).missing()).isEqualTo("here");
			application.remove("missing");
			assertThat(application.bean(ByEnvironment.class).missing()).isNull();
		}
	}

	@Test
	void propertiesInTheScopeFollow() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			assertThat(application.bean(Scoped.class).getName()).isEqualTo("s");
			application.put("scoped.name", "s2");
			assertThat(application.bean(Scoped.class).getName()).isEqualTo("s2");
			assertThat(application.put("scoped.count", "many")).isFalse();
			assertThat(application.bean(Scoped.class).getName()).isEqualTo("s2");
			application.remove("scoped.count");
			application.remove("scoped.name");
			assertThat(application.bean(Scoped.class).getName()).isEqualTo("default");
		}
	}

	@Test
	void beanIsRecreatedWithThePropertiesBeanThatItUses() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			assertThat(application.bean(ByProperties.class).name()).isEqualTo("m s");
			application.put("mutable.name", "m2");
			assertThat(application.bean(ByProperties.class).name()).isEqualTo("m2 s");
			application.put("scoped.name", "s2");
			assertThat(application.bean(ByProperties.class).name()).isEqualTo("m2 s2");
			int instance = application.bean(ByProperties.class).instance();
			application.put("b.name", "b2");
			assertThat(application.bean(ByProperties.class).instance()).isEqualTo(instance);
		}
	}

	@Test
	void scheduledMethodOfAScopedBeanSeesNewValues() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			Queue<String> seen = application.bean(Seen.class).names();
			Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> seen.contains("a"));
			application.put("a.name", "a2");
			Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> seen.contains("a2"));
			Awaitility.await().until(() -> tasks(application) == 1);
			seen.clear();
			Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> seen.size() > 2);
			assertThat(seen).containsOnly("a2");
		}
	}

	private static int tasks(LiveApplication application) {
		return application.bean(ScheduledTaskHolder.class).getScheduledTasks().size();
	}

	@Test
	void beanThatCannotBeCreatedRejectsTheChangeAsAWhole(CapturedOutput output) {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			String byProperties = application.bean(ByProperties.class).name();
			assertThat(application.put(Map.of("b.name", "s3cret", "mutable.name", "m2"))).isFalse();
			assertThat(application.bean(ByEnvironment.class).name()).isEqualTo("b");
			assertThat(application.bean(ByProperties.class).name()).isEqualTo(byProperties);
			assertThat(application.events(EtcdConfigurationAppliedEvent.class)).isEmpty();
			assertThat(application.status().rejected().key()).isEqualTo("/config/orders/b/name");
			assertThat(application.status().rejected().reason()).contains("the bean 'byEnvironment' cannot be created");
			assertThat(output).contains("rejected").doesNotContain("s3cret");
			assertThat(application.put("b.name", "b2")).isTrue();
			assertThat(application.bean(ByEnvironment.class).name()).isEqualTo("b2");
			assertThat(application.bean(ByProperties.class).name()).isEqualTo("m2 s");
		}
	}

	@Test
	void publishesARefreshOfEachBeanAndOneOfTheScope() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			application.put("a.name", "a2");
			assertThat(refreshed(application))
				.containsExactlyInAnyOrder("scopedTarget.byValue", "scopedTarget.ticker",
						RefreshScopeRefreshedEvent.DEFAULT_NAME)
				.endsWith(RefreshScopeRefreshedEvent.DEFAULT_NAME);
			application.bean(EtcdRefreshScope.class).refresh("byValue");
			application.bean(EtcdRefreshScope.class).refreshAll();
			assertThat(refreshed(application)).hasSize(5)
				.endsWith("scopedTarget.byValue", RefreshScopeRefreshedEvent.DEFAULT_NAME);
		}
	}

	private static List<String> refreshed(LiveApplication application) {
		return application.events(RefreshScopeRefreshedEvent.class)
			.stream()
			.map(RefreshScopeRefreshedEvent::getName)
			.toList();
	}

	@Test
	void beanWithMessageListenersIsCreatedOnce(CapturedOutput output) {
		try (LiveApplication application = LiveApplication.start(Listening.class, INITIAL)) {
			assertThat(output).containsOnlyOnce("Refresh-scoped bean 'listener' has message listeners");
			Listener listener = application.bean(Listener.class);
			application.put("a.name", "a2");
			application.bean(EtcdRefreshScope.class).refreshAll();
			assertThat(application.bean(EtcdRefreshScope.class).refresh("listener")).isFalse();
			assertThat(listener.instance()).isEqualTo(1);
			assertThat(listener.name()).isEqualTo("a");
		}
	}

	@Test
	void refreshBySpringCloudCommonsStillWorks() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			int instance = application.bean(ByValue.class).instance();
			application.bean(ContextRefresher.class).refresh();
			assertThat(application.bean(ByValue.class).instance()).isGreaterThan(instance);
			assertThat(application.property("a.name")).isEqualTo("a");
			application.put("a.name", "a2");
			assertThat(application.bean(ByValue.class).name()).isEqualTo("a2");
			assertThat(application.bean(Mutable.class).getName()).isEqualTo("m");
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	@EnableConfigurationProperties({ Mutable.class, Scoped.class })
	static class Application {

		@Bean
		AtomicInteger instances() {
			return new AtomicInteger();
		}

		@Bean
		@RefreshScope
		ByValue byValue(AtomicInteger instances, @Value("${a.name}") String name) {
			return new ByValue(instances, name);
		}

		@Bean
		@RefreshScope
		ByEnvironment byEnvironment(AtomicInteger instances, Environment environment) {
			return new ByEnvironment(instances, environment.getProperty("b.name"), environment.getProperty("missing"));
		}

		@Bean
		@RefreshScope
		ByProperties byProperties(AtomicInteger instances, Mutable mutable, Scoped scoped) {
			return new ByProperties(instances, mutable.getName() + " " + scoped.getName());
		}

		@Bean
		@RefreshScope
		Ticker ticker(Seen seen, @Value("${a.name}") String name) {
			return new Ticker(seen, name);
		}

		@Bean
		Seen seen() {
			return new Seen(new ConcurrentLinkedQueue<>());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Listening {

		@Bean
		AtomicInteger instances() {
			return new AtomicInteger();
		}

		@Bean
		@RefreshScope
		Listener listener(AtomicInteger instances, @Value("${a.name}") String name) {
			return new Listener(instances, name);
		}

	}

	/**
	 * An annotation like those of messaging libraries.
	 */
	@Retention(RetentionPolicy.RUNTIME)
	@MessageMapping
	@interface BrokerListener {

	}

	record Seen(Queue<String> names) {

	}

	static class Ticker {

		private final Seen seen;

		private final String name;

		Ticker(Seen seen, String name) {
			this.seen = seen;
			this.name = name;
		}

		@Scheduled(fixedDelay = 10)
		void tick() {
			this.seen.names().add(this.name);
		}

	}

	static class Counted {

		private final int instance;

		private final String name;

		Counted(AtomicInteger instances, String name) {
			this.instance = instances.incrementAndGet();
			this.name = name;
		}

		int instance() {
			return this.instance;
		}

		String name() {
			return this.name;
		}

	}

	static class ByValue extends Counted {

		ByValue(AtomicInteger instances, String name) {
			super(instances, name);
		}

	}

	static class Listener extends Counted {

		Listener(AtomicInteger instances, String name) {
			super(instances, name);
		}

		@BrokerListener
		void receive(String message) {
			// Never called
		}

	}

	static class ByProperties extends Counted {

		ByProperties(AtomicInteger instances, String name) {
			super(instances, name);
		}

	}

	static class ByEnvironment extends Counted {

		private final String missing;

		ByEnvironment(AtomicInteger instances, String name, String missing) {
			super(instances, name);
			if (name.equals("s3cret")) {
				throw new IllegalStateException("no " + name);
			}
			this.missing = missing;
		}

		String missing() {
			return this.missing;
		}

	}

	@ConfigurationProperties("mutable")
	static class Mutable {

		private String name = "default";

		String getName() {
			return this.name;
		}

		void setName(String name) {
			this.name = name;
		}

	}

	@RefreshScope
	@ConfigurationProperties("scoped")
	static class Scoped {

		private String name = "default";

		private int count;

		String getName() {
			return this.name;
		}

		void setName(String name) {
			this.name = name;
		}

		int getCount() {
			return this.count;
		}

		void setCount(int count) {
			this.count = count;
		}

	}

}
