package io.github.etcdspring.refresh;

import java.time.Duration;
import java.util.Map;
import java.util.Set;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggerConfiguration;
import org.springframework.boot.logging.LoggerConfiguration.ConfigurationScope;
import org.springframework.boot.logging.LoggerConfiguration.LevelConfiguration;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.cloud.context.refresh.ContextRefresher;
import org.springframework.cloud.context.scope.refresh.RefreshScope;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.EventListener;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;

import static org.assertj.core.api.Assertions.assertThat;

class ContextRefreshTests {

	private static final Map<String, String> INITIAL = Map.of("job.name", "a", "price.rate", "1");

	@Test
	void scheduledMethodSeesNewValues() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			Job job = application.bean(Job.class);
			Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> "a a 1".equals(job.seen));
			application.put(Map.of("job.name", "b", "price.rate", "2"));
			Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> "b b 2".equals(job.seen));
		}
	}

	@Test
	void levelsOfLoggersAndGroupsFollow() {
		try (LiveApplication application = LiveApplication.start(Application.class,
				Map.of("logging.group.shop", "com.example.a,com.example.b"))) {
			LoggingSystem system = application.bean(LoggingSystem.class);
			application.put(Map.of("logging.level.com.example.Single", "debug", "logging.level.shop", "trace",
					"logging.level.root", "error"));
			assertThat(configured(system, "com.example.Single")).isEqualTo(LogLevel.DEBUG);
			assertThat(configured(system, "ROOT")).isEqualTo(LogLevel.ERROR);
			application.remove("logging.level.com.example.Single", "logging.level.root");
			assertThat(configured(system, "com.example.Single")).isNull();
			assertThat(configured(system, "ROOT")).isEqualTo(LogLevel.INFO);
		}
	}

	@Test
	void levelsOfAGroupKnownAtTheStartFollow() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL,
				"--logging.group.shop=com.example.a,com.example.b")) {
			LoggingSystem system = application.bean(LoggingSystem.class);
			application.put("logging.level.shop", "trace");
			assertThat(configured(system, "com.example.a")).isEqualTo(LogLevel.TRACE);
			assertThat(configured(system, "com.example.b")).isEqualTo(LogLevel.TRACE);
			application.remove("logging.level.shop");
			assertThat(configured(system, "com.example.a")).isNull();
		}
	}

	@Test
	void levelSetAtRuntimeSurvivesAnUnrelatedChange() {
		try (LiveApplication application = LiveApplication.start(Application.class,
				Map.of("logging.level.com.example.Hand", "warn"))) {
			LoggingSystem system = application.bean(LoggingSystem.class);
			system.setLogLevel("com.example.Hand", LogLevel.TRACE);
			application.put("job.name", "b");
			assertThat(configured(system, "com.example.Hand")).isEqualTo(LogLevel.TRACE);
			application.put("logging.level.com.example.Hand", "error");
			assertThat(configured(system, "com.example.Hand")).isEqualTo(LogLevel.ERROR);
		}
	}

	@Test
	void levelsFromOtherSourcesFollow() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			LoggingSystem system = application.bean(LoggingSystem.class);
			EnvironmentChangeEvent event = new EnvironmentChangeEvent(application.context(),
					Set.of("logging.level.com.example.Other"));
			System.setProperty("logging.level.com.example.Other", "debug");
			try {
				application.context().publishEvent(event);
				assertThat(configured(system, "com.example.Other")).isEqualTo(LogLevel.DEBUG);
			}
			finally {
				System.clearProperty("logging.level.com.example.Other");
			}
			application.context().publishEvent(event);
			assertThat(configured(system, "com.example.Other")).isNull();
		}
	}

	@Test
	void invalidLevelIsRejected() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			assertThat(application.put("logging.level.com.example", "loud")).isFalse();
			assertThat(application.status().rejected().key()).isEqualTo("/config/orders/logging/level/com/example");
			assertThat(application.status().rejected().reason()).doesNotContain("loud");
		}
	}

	@Test
	void conditionsAreEvaluatedOnlyAtStartup() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			application.put("feature.enabled", "true");
			assertThat(application.context().containsBean("feature")).isFalse();
		}
	}

	@Test
	void failingListenerDoesNotPreventOtherUpdates() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			assertThat(application.put("job.name", "fail")).isTrue();
			assertThat(application.events(EtcdConfigurationAppliedEvent.class)).hasSize(1);
			assertThat(application.status().appliedRevision()).isEqualTo(application.revision());
		}
	}

	@Test
	void beansFollowARefreshOfSpringCloudCommons() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL)) {
			application.put("job.name", "b");
			application.bean(ContextRefresher.class).refresh();
			assertThat(application.bean(JobProperties.class).getName()).isEqualTo("b");
			application.put("job.name", "c");
			assertThat(application.bean(JobProperties.class).getName()).isEqualTo("c");
		}
	}

	@Test
	void changeFromAnotherSourceDuringTheRehearsalIsFollowedAfterIt() {
		try (LiveApplication application = LiveApplication.start(PublishingApplication.class, INITIAL)) {
			Job job = application.bean(Job.class);
			System.setProperty("job.name", "set");
			try {
				assertThat(application.put(Map.of("price.rate", "2", "job.title", "b"))).isTrue();
				assertThat(job.price.get().rate()).isEqualTo(2);
				assertThat(application.bean(Title.class).value).isEqualTo("b");
				assertThat(application.bean(JobProperties.class).getName()).isEqualTo("set");
				assertThat(application.put("price.rate", "many")).isFalse();
			}
			finally {
				System.clearProperty("job.name");
			}
		}
	}

	@Test
	void registersNoBeansWithoutAnImport() {
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class, Plain.class)
			.web(WebApplicationType.NONE)
			.properties("spring.cloud.etcd.enabled=false", "job.name=a", "price.rate=1")
			.run()) {
			assertThat(context.getBeanNamesForType(ConfigRefresh.class)).isEmpty();
			assertThat(context.getBeanNamesForType(EtcdRefreshScope.class)).isEmpty();
			assertThat(context.getBeanNamesForType(EtcdPropertiesRebinder.class)).isEmpty();
			assertThat(context.getBeanNamesForType(RefreshScope.class)).hasSize(1);
		}
	}

	@Test
	void refreshCanBeDisabled() {
		try (LiveApplication application = LiveApplication.start(Application.class, INITIAL,
				"--spring.cloud.refresh.enabled=false")) {
			assertThat(application.context().getBeanNamesForType(ConfigRefresh.class)).isEmpty();
			assertThat(application.context().getBeanNamesForType(RefreshScope.class)).isEmpty();
			JobProperties job = application.bean(JobProperties.class);
			System.setProperty("job.name", "set");
			try {
				application.context()
					.publishEvent(new EnvironmentChangeEvent(application.context(), Set.of("job.name")));
			}
			finally {
				System.clearProperty("job.name");
			}
			assertThat(job.getName()).isEqualTo("set");
			assertThat(application.bean(Job.class).price.get().rate()).isOne();
		}
	}

	private static LogLevel configured(LoggingSystem system, String name) {
		LoggerConfiguration configuration = system.getLoggerConfiguration(name);
		LevelConfiguration level = configuration.getLevelConfiguration(ConfigurationScope.DIRECT);
		return (level != null) ? level.getLevel() : null;
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Plain {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableScheduling
	@EnableConfigurationProperties({ JobProperties.class, Price.class })
	static class Application {

		@Bean
		Job job(JobProperties properties, LiveProperties<Price> price) {
			return new Job(properties, price);
		}

		@Bean
		@ConditionalOnProperty("feature.enabled")
		String feature() {
			return "feature";
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import({ Application.class, Title.class })
	static class PublishingApplication {

		@Bean
		CandidateCheck publishingCheck(ConfigurableApplicationContext context) {
			return (candidate, changed) -> context
				.publishEvent(new EnvironmentChangeEvent(context, Set.of("job.name")));
		}

	}

	static class Title {

		@Value("${job.title:}")
		private String value;

	}

	@ConfigurationProperties("price")
	record Price(int rate) {

	}

	@ConfigurationProperties("job")
	static class JobProperties {

		private volatile String name = "";

		String getName() {
			return this.name;
		}

		void setName(String name) {
			this.name = name;
		}

	}

	static class Job {

		private final JobProperties properties;

		private final LiveProperties<Price> price;

		@Value("${job.name:}")
		private volatile String name;

		private volatile String seen;

		Job(JobProperties properties, LiveProperties<Price> price) {
			this.properties = properties;
			this.price = price;
		}

		@Scheduled(fixedDelay = 10)
		void run() {
			this.seen = this.properties.getName() + " " + this.name + " " + this.price.get().rate();
		}

		@EventListener
		void changed(EnvironmentChangeEvent event) {
			if (this.properties.getName().equals("fail")) {
				throw new IllegalStateException("deliberate");
			}
		}

	}

}
