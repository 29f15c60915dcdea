package io.github.etcdspring.test;

import io.github.etcdspring.client.BootstrapConnectionDetailsResolver;
import org.junit.jupiter.api.Test;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.bootstrap.DefaultBootstrapContext;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;

class ServiceConnectionEnvironmentPostProcessorTests {

	@Test
	void registersServiceConnectionsBeforeImports() {
		DefaultBootstrapContext bootstrapContext = new DefaultBootstrapContext();
		ServiceConnectionEnvironmentPostProcessor processor = new ServiceConnectionEnvironmentPostProcessor(
				bootstrapContext);
		processor.postProcessEnvironment(new MockEnvironment(), new SpringApplication());
		assertThat(bootstrapContext.get(BootstrapConnectionDetailsResolver.class))
			.isInstanceOf(CompositeBootstrapConnectionDetails.class);
		assertThat(processor.getOrder()).isLessThan(ConfigDataEnvironmentPostProcessor.ORDER);
	}

	@Test
	void keepsConnectionDetailsOfTheApplication() {
		DefaultBootstrapContext bootstrapContext = new DefaultBootstrapContext();
		BootstrapConnectionDetailsResolver own = (binder) -> null;
		bootstrapContext.register(BootstrapConnectionDetailsResolver.class, (context) -> own);
		new ServiceConnectionEnvironmentPostProcessor(bootstrapContext).postProcessEnvironment(new MockEnvironment(),
				new SpringApplication());
		assertThat(bootstrapContext.get(BootstrapConnectionDetailsResolver.class)).isSameAs(own);
	}

	@Test
	void findsNothingWhileDisabled() {
		BootstrapConnectionDetailsResolver untouched = (binder) -> {
			throw new IllegalStateException();
		};
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
			.web(WebApplicationType.NONE)
			.addBootstrapRegistryInitializer(
					(registry) -> registry.register(BootstrapConnectionDetailsResolver.class, (ignored) -> untouched))
			.run("--spring.config.import=etcd:", "--spring.cloud.etcd.enabled=false")) {
			assertThat(context.isActive()).isTrue();
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class Application {

	}

}
