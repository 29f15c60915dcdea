package io.github.etcdspring.test;

import java.util.ArrayList;
import java.util.List;

import io.github.etcdspring.client.BootstrapConnectionDetailsResolver;

import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.bootstrap.ConfigurableBootstrapContext;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.util.ClassUtils;

/**
 * Lets {@code spring.config.import=etcd:} use service connections and the etcd of a test,
 * whose beans are created only later. Containers are searched for and started only when
 * configuration is imported.
 */
final class ServiceConnectionEnvironmentPostProcessor implements EnvironmentPostProcessor, Ordered {

	private static final boolean CONTAINERS = isPresent(
			"org.springframework.boot.testcontainers.service.connection.ServiceConnectionAutoConfiguration")
			&& isPresent("org.testcontainers.containers.Container");

	private static final boolean COMPOSE = isPresent("org.springframework.boot.docker.compose.core.DockerCompose");

	private final ConfigurableBootstrapContext bootstrapContext;

	ServiceConnectionEnvironmentPostProcessor(ConfigurableBootstrapContext bootstrapContext) {
		this.bootstrapContext = bootstrapContext;
	}

	private static boolean isPresent(String type) {
		return ClassUtils.isPresent(type, ServiceConnectionEnvironmentPostProcessor.class.getClassLoader());
	}

	@Override
	public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
		if (CONTAINERS || COMPOSE || TestEtcdBootstrapConnectionDetails.isTest(application)) {
			this.bootstrapContext.registerIfAbsent(BootstrapConnectionDetailsResolver.class,
					(context) -> new CompositeBootstrapConnectionDetails(sources(application)));
		}
	}

	private List<BootstrapConnectionDetailsResolver> sources(SpringApplication application) {
		List<BootstrapConnectionDetailsResolver> sources = new ArrayList<>();
		sources.add(new TestEtcdBootstrapConnectionDetails(application));
		if (CONTAINERS) {
			sources.add(new TestcontainersBootstrapConnectionDetails(application, this.bootstrapContext));
		}
		if (COMPOSE) {
			sources.add(new DockerComposeBootstrapConnectionDetails(application));
		}
		return sources;
	}

	/** Runs before imports are read. */
	@Override
	public int getOrder() {
		return ConfigDataEnvironmentPostProcessor.ORDER - 1;
	}

}
