package io.github.etcdspring.compatibility;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import org.junit.jupiter.api.Test;

import org.springframework.batch.core.BatchStatus;
import org.springframework.batch.core.configuration.annotation.JobScope;
import org.springframework.batch.core.configuration.annotation.StepScope;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.job.builder.JobBuilder;
import org.springframework.batch.core.job.parameters.JobParametersBuilder;
import org.springframework.batch.core.launch.JobOperator;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.step.Step;
import org.springframework.batch.core.step.builder.StepBuilder;
import org.springframework.batch.core.step.tasklet.Tasklet;
import org.springframework.batch.infrastructure.repeat.RepeatStatus;
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
 * Spring Batch, which creates beans of its scopes at the start of each job or step.
 */
class BatchIntegrationTests extends AbstractCompatibilityTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	@Test
	void eachJobReadsTheCurrentValues() throws Exception {
		put("/config/shop/shop/name", "one");
		ConfigurableApplicationContext context = start(Shop.class, "shop", WebApplicationType.NONE, "libraries=batch",
				"spring.cloud.etcd.discovery.register=false", "spring.batch.job.enabled=false");
		List<String> written = context.getBean(Written.class).written;
		run(context);
		assertThat(written).containsExactly("one one one");
		put("/config/shop/shop/name", "two");
		ShopProperties properties = context.getBean(ShopProperties.class);
		await().atMost(SOON).until(() -> "two".equals(properties.getName()));
		run(context);
		assertThat(written).containsExactly("one one one", "two two two");
	}

	private static void run(ConfigurableApplicationContext context) throws Exception {
		assertThat(context.getBean(JobOperator.class)
			.start(context.getBean(Job.class),
					new JobParametersBuilder().addLong("run", System.nanoTime()).toJobParameters())
			.getStatus()).isEqualTo(BatchStatus.COMPLETED);
	}

	static class Written {

		private final List<String> written = new CopyOnWriteArrayList<>();

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

	/** Holds a value as of the start of the job. */
	static class Header {

		private final String name;

		Header(String name) {
			this.name = name;
		}

		String name() {
			return this.name;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableConfigurationProperties(ShopProperties.class)
	@Import(Written.class)
	static class Shop {

		@Bean
		@JobScope
		Header header(@Value("${shop.name}") String name) {
			return new Header(name);
		}

		@Bean
		@StepScope
		Tasklet writer(@Value("${shop.name}") String name, ShopProperties properties, Header header, Written written) {
			return (contribution, chunk) -> {
				written.written.add(name + " " + properties.getName() + " " + header.name());
				return RepeatStatus.FINISHED;
			};
		}

		@Bean
		Step step(JobRepository repository, Tasklet writer) {
			return new StepBuilder("write", repository).tasklet(writer).build();
		}

		@Bean
		Job job(JobRepository repository, Step step) {
			return new JobBuilder("report", repository).start(step).build();
		}

	}

}
