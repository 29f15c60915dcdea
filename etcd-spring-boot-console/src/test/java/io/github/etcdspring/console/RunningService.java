package io.github.etcdspring.console;

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
 * An instance of a service that registers and follows its configuration, whose size must
 * be a number.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@EnableConfigurationProperties(RunningService.Cache.class)
class RunningService {

	static ConfigurableApplicationContext start(EtcdServer etcd, String service, String instance,
			String... properties) {
		return new SpringApplicationBuilder(RunningService.class).web(WebApplicationType.NONE)
			.properties("spring.cloud.etcd.endpoints=" + etcd.endpoint(), "spring.application.name=" + service,
					"spring.cloud.etcd.discovery.instance-id=" + instance,
					"spring.cloud.etcd.discovery.ip-address=127.0.0.1", "spring.cloud.etcd.discovery.port=9999",
					"spring.cloud.etcd.discovery.drain=0s", "spring.config.import=optional:etcd:",
					"spring.main.banner-mode=off", "spring.main.register-shutdown-hook=false",
					"spring.main.keep-alive=false")
			.properties(properties)
			.run();
	}

	/**
	 * A property of the service.
	 *
	 * @param size a number
	 */
	@ConfigurationProperties("cache")
	record Cache(@DefaultValue("1") int size) {

	}

}
