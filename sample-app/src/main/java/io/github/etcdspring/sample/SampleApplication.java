package io.github.etcdspring.sample;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.boot.restclient.autoconfigure.RestClientBuilderConfigurer;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Profile;
import org.springframework.web.client.RestClient;

/**
 * Sample application with two profiles: {@code provider} runs the service
 * {@code greeting}, {@code consumer} the service {@code shop}, which calls it.
 */
@SpringBootApplication
@ConfigurationPropertiesScan
public class SampleApplication {

	@Profile("consumer")
	@Bean
	@LoadBalanced
	RestClient.Builder restClientBuilder(RestClientBuilderConfigurer configurer) {
		return configurer.configure(RestClient.builder());
	}

	public static void main(String[] args) {
		SpringApplication.run(SampleApplication.class, args);
	}

}
