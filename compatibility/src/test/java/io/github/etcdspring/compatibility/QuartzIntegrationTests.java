package io.github.etcdspring.compatibility;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.junit.jupiter.api.Test;
import org.quartz.Job;
import org.quartz.JobBuilder;
import org.quartz.JobDetail;
import org.quartz.JobExecutionContext;
import org.quartz.JobKey;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Quartz, which creates an instance of the job for each execution.
 */
class QuartzIntegrationTests extends AbstractCompatibilityTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	@Test
	void eachExecutionReadsTheCurrentValues() throws SchedulerException {
		put("/config/shop/shop/name", "one");
		ConfigurableApplicationContext context = start(Shop.class, "shop", WebApplicationType.NONE, "libraries=quartz",
				"spring.cloud.etcd.discovery.register=false");
		Scheduler scheduler = context.getBean(Scheduler.class);
		List<String> executions = context.getBean(Executions.class).executions;
		scheduler.triggerJob(JobKey.jobKey("reminder"));
		await().atMost(SOON).until(() -> executions.equals(List.of("one one")));
		put("/config/shop/shop/name", "two");
		ShopProperties properties = context.getBean(ShopProperties.class);
		await().atMost(SOON).until(() -> "two".equals(properties.getName()));
		scheduler.triggerJob(JobKey.jobKey("reminder"));
		await().atMost(SOON).until(() -> executions.equals(List.of("one one", "two two")));
		assertThat(context.getBean(Scheduler.class)).isSameAs(scheduler);
		assertThat(scheduler.isStarted()).isTrue();
	}

	static class Executions {

		private final List<String> executions = new CopyOnWriteArrayList<>();

	}

	static class Reminder implements Job {

		@Autowired
		private Executions executions;

		@Autowired
		private ShopProperties properties;

		@Value("${shop.name}")
		private String name;

		@Override
		public void execute(JobExecutionContext context) {
			this.executions.executions.add(this.name + " " + this.properties.getName());
		}

	}

	@ConfigurationProperties("shop")
	static class ShopProperties {

		private volatile String name;

		String getName() {
			return this.name;
		}

		void setName(String name) {
			this.name = name;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableConfigurationProperties(ShopProperties.class)
	@Import(Executions.class)
	static class Shop {

		@Bean
		JobDetail reminder() {
			return JobBuilder.newJob(Reminder.class).withIdentity("reminder").storeDurably().build();
		}

	}

}
