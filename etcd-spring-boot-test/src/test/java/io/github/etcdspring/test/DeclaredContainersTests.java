package io.github.etcdspring.test;

import java.lang.reflect.Field;

import org.junit.jupiter.api.Test;
import org.testcontainers.containers.GenericContainer;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.testcontainers.context.ImportTestcontainers;
import org.springframework.boot.testcontainers.service.connection.ServiceConnection;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Profile;
import org.springframework.context.annotation.Scope;

import static org.assertj.core.api.Assertions.assertThat;

class DeclaredContainersTests {

	@Test
	void findsFieldsOfTestItsParentsAndImports() {
		DeclaredContainers declared = declared(ATest.class);
		assertThat(declared.fields()).extracting(Field::getName)
			.containsExactlyInAnyOrder("own", "inherited", "shared");
		assertThat(declared.configurations()).isEmpty();
	}

	@Test
	void findsFieldsOfOuterTest() {
		assertThat(declared(ATest.Inner.class).fields()).extracting(Field::getName).contains("own");
	}

	@Test
	void findsMethodsOfSourcesAndTheirImports() {
		assertThat(declared(null, Development.class).configurations()).containsExactly(Containers.class);
		assertThat(declared(ImportingTest.class).configurations()).containsExactly(Containers.class);
	}

	@Test
	void ignoresOtherConditionalAndScopedBeans() {
		assertThat(declared(null, OtherContainers.class, ConditionalContainers.class).isEmpty()).isTrue();
	}

	private static DeclaredContainers declared(Class<?> test, Class<?>... sources) {
		SpringApplication application = new SpringApplication(sources);
		application.setMainApplicationClass(test);
		return DeclaredContainers.of(application);
	}

	@ImportTestcontainers(Shared.class)
	static class ATest extends Parent {

		@ServiceConnection
		static GenericContainer<?> own;

		static GenericContainer<?> other;

		@SuppressWarnings("ClassCanBeStatic")
		class Inner {

		}

	}

	static class Parent {

		@ServiceConnection
		static GenericContainer<?> inherited;

	}

	static class Shared {

		@ServiceConnection
		static GenericContainer<?> shared;

	}

	@Import(Containers.class)
	static class ImportingTest {

	}

	@TestConfiguration
	@Import(Containers.class)
	static class Development {

	}

	@TestConfiguration
	static class Containers {

		@Bean
		@ServiceConnection("etcd")
		GenericContainer<?> etcd() {
			throw new IllegalStateException();
		}

	}

	@TestConfiguration
	static class OtherContainers {

		@Bean
		@ServiceConnection("redis")
		GenericContainer<?> redis() {
			throw new IllegalStateException();
		}

		@Bean
		@ServiceConnection("etcd")
		@Profile("dev")
		GenericContainer<?> conditional() {
			throw new IllegalStateException();
		}

		@Bean
		@ServiceConnection("etcd")
		@Scope("restart")
		GenericContainer<?> scoped() {
			throw new IllegalStateException();
		}

	}

	@TestConfiguration
	@Profile("dev")
	static class ConditionalContainers {

		@Bean
		@ServiceConnection("etcd")
		GenericContainer<?> etcd() {
			throw new IllegalStateException();
		}

	}

}
