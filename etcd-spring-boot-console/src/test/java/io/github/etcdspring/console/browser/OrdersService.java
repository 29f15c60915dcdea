package io.github.etcdspring.console.browser;

import java.util.Arrays;
import java.util.stream.Stream;

import io.github.etcdspring.testsupport.EtcdServer;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * An instance of the service {@code orders}, which registers and follows its
 * configuration.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@EnableConfigurationProperties(OrdersService.Orders.class)
class OrdersService {

	static ConfigurableApplicationContext start(EtcdServer etcd, String instance, String zone, String version,
			String... more) {
		return new SpringApplicationBuilder(OrdersService.class).web(WebApplicationType.NONE)
			.run(Stream.concat(Stream.of("--spring.cloud.etcd.endpoints=" + etcd.endpoint(),
					"--spring.application.name=orders", "--spring.cloud.etcd.discovery.instance-id=" + instance,
					"--spring.cloud.etcd.discovery.instance-zone=" + zone,
					"--spring.cloud.etcd.discovery.version=" + version,
					"--spring.cloud.etcd.discovery.ip-address=127.0.0.1", "--spring.cloud.etcd.discovery.port=9999",
					"--spring.cloud.etcd.discovery.drain=0s", "--spring.config.import=optional:etcd:",
					"--spring.main.keep-alive=false", "--spring.main.register-shutdown-hook=false"),
					Arrays.stream(more))
				.toArray(String[]::new));
	}

	/**
	 * Properties of the service.
	 *
	 * @param pageSize a number, so that other values are rejected
	 */
	@ConfigurationProperties("orders")
	record Orders(@DefaultValue("20") int pageSize) {

	}

}
