package io.github.etcdspring.cli;

import java.time.Duration;

import io.github.etcdspring.operations.EtcdFleetOperations;
import io.github.etcdspring.testsupport.EtcdServer;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

import static org.awaitility.Awaitility.await;

/**
 * Application that imports the configuration of {@code orders}, whose property
 * {@code cache.size} is a number.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@EnableConfigurationProperties(OrdersApplication.CacheProperties.class)
class OrdersApplication {

	/** Start an instance, and wait until it is known. */
	static ConfigurableApplicationContext start(EtcdServer etcd, String instance) {
		ConfigurableApplicationContext context = new SpringApplicationBuilder(OrdersApplication.class)
			.web(WebApplicationType.NONE)
			.registerShutdownHook(false)
			.run("--spring.application.name=orders", "--spring.config.import=optional:etcd:",
					"--spring.cloud.etcd.endpoints=" + etcd.endpoint(), "--spring.cloud.etcd.discovery.port=9999",
					"--spring.cloud.etcd.discovery.ip-address=127.0.0.1", "--spring.cloud.etcd.discovery.drain=0s",
					"--spring.cloud.etcd.discovery.instance-id=" + instance,
					"--spring.cloud.etcd.discovery.version=1.4.0");
		EtcdFleetOperations fleet = context.getBean(EtcdFleetOperations.class);
		await().atMost(Duration.ofSeconds(10))
			.until(() -> fleet.list("orders").stream().anyMatch((found) -> found.instance().equals(instance)));
		return context;
	}

	/**
	 * Properties of the cache.
	 *
	 * @param size a number
	 */
	@ConfigurationProperties("cache")
	record CacheProperties(@DefaultValue("0") int size) {

	}

}
