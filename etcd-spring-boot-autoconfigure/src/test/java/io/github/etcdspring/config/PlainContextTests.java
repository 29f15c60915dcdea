package io.github.etcdspring.config;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.test.context.ConfigDataApplicationContextInitializer;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for a context that is created without a SpringApplication, so that imports are
 * ignored.
 */
@ExtendWith(OutputCaptureExtension.class)
class PlainContextTests {

	private static final String WARNING = "spring.config.import=etcd: is ignored, as the context is created without a SpringApplication";

	@ParameterizedTest
	@ValueSource(strings = { "etcd:", "optional:etcd:/a/,etcd:/b/" })
	void warnsOnceThatAnImportIsNotRead(String location, CapturedOutput output) {
		refresh("spring.config.import=" + location);
		assertThat(output.getOut().split(WARNING, -1)).hasSize(2);
	}

	@Test
	void doesNotWarnIfImportsAreDisabled(CapturedOutput output) {
		refresh("spring.config.import=etcd:", "spring.cloud.etcd.config.enabled=false");
		assertThat(output).doesNotContain(WARNING);
	}

	private static void refresh(String... properties) {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			TestPropertyValues.of(properties).applyTo(context);
			new ConfigDataApplicationContextInitializer().initialize(context);
			context.refresh();
		}
	}

	@Test
	void doesNotWarnInAnApplication(CapturedOutput output) {
		SpringApplication application = new SpringApplication(Nothing.class);
		application.setWebApplicationType(WebApplicationType.NONE);
		application
			.run("--spring.config.import=etcd:", "--spring.cloud.etcd.enabled=false", "--spring.application.name=app")
			.close();
		assertThat(output).doesNotContain(WARNING);
	}

	@Configuration(proxyBeanMethods = false)
	static class Nothing {

	}

}
