package io.github.etcdspring.operations;

import java.time.Duration;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.testsupport.EtcdServer;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

import static org.awaitility.Awaitility.await;

/**
 * Starts applications that bind {@code cache.size} as a number, and reject other values,
 * or as a text.
 */
final class CacheApplication {

	private CacheApplication() {
	}

	/**
	 * Start an application and wait until it is in the fleet.
	 * @param etcd the etcd
	 * @param service name of the application
	 * @param instance id of the instance
	 * @param properties {@link Numbers} or {@link Texts}
	 * @return the application
	 */
	static ConfigurableApplicationContext start(EtcdServer etcd, String service, String instance, Class<?> properties) {
		ConfigurableApplicationContext context = Applications.plain(etcd, service, properties)
			.properties("spring.config.import=optional:etcd:", "spring.cloud.etcd.discovery.instance-id=" + instance)
			.run();
		await().atMost(Duration.ofSeconds(10))
			.until(() -> context.getBean(EtcdFleetOperations.class)
				.list(service)
				.stream()
				.anyMatch((found) -> found.instance().equals(instance)));
		return context;
	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(NumberProperties.class)
	static class Numbers {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(TextProperties.class)
	static class Texts {

	}

	@ConfigurationProperties("cache")
	record NumberProperties(@DefaultValue("0") int size) {

	}

	@ConfigurationProperties("cache")
	record TextProperties(@DefaultValue("0") String size) {

	}

}
