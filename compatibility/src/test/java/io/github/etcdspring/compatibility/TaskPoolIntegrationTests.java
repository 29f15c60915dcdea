package io.github.etcdspring.compatibility;

import java.time.Duration;
import java.util.Objects;

import io.github.etcdspring.refresh.ConfigRefresh;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The thread pools of Spring Boot, whose size follows changes while tasks go on.
 */
class TaskPoolIntegrationTests extends AbstractCompatibilityTests {

	private static final Duration SOON = Duration.ofSeconds(30);

	private static final String EXECUTION = "/config/shop/spring/task/execution/pool/";

	private static final String SCHEDULING = "/config/shop/spring/task/scheduling/pool/size";

	@Test
	void poolsFollowTheirSizesAndRejectImpossibleOnes() {
		put(EXECUTION + "core-size", "2");
		put(EXECUTION + "max-size", "4");
		put(SCHEDULING, "2");
		ConfigurableApplicationContext context = start(Shop.class, "shop", WebApplicationType.NONE,
				"spring.cloud.etcd.discovery.register=false");
		ConfigRefresh refresh = context.getBean(ConfigRefresh.class);
		ThreadPoolTaskExecutor executor = context.getBean("applicationTaskExecutor", ThreadPoolTaskExecutor.class);
		ThreadPoolTaskScheduler scheduler = context.getBean("taskScheduler", ThreadPoolTaskScheduler.class);
		put(EXECUTION + "core-size", "5");
		await().atMost(SOON).until(() -> refresh.status().rejected() != null);
		assertThat(Objects.requireNonNull(refresh.status().rejected()).reason())
			.contains("the core size exceeds the maximum size");
		put(EXECUTION + "max-size", "8");
		await().atMost(SOON).until(() -> executor.getThreadPoolExecutor().getCorePoolSize() == 5);
		assertThat(executor.getThreadPoolExecutor().getMaximumPoolSize()).isEqualTo(8);
		put(EXECUTION + "core-size", "1");
		await().atMost(SOON).until(() -> executor.getThreadPoolExecutor().getCorePoolSize() == 1);
		put(EXECUTION + "max-size", "3");
		await().atMost(SOON).until(() -> executor.getThreadPoolExecutor().getMaximumPoolSize() == 3);
		put(SCHEDULING, "6");
		await().atMost(SOON).until(() -> scheduler.getScheduledThreadPoolExecutor().getCorePoolSize() == 6);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableScheduling
	static class Shop {

	}

}
