package io.github.etcdspring.console;

import io.github.etcdspring.client.EtcdAutoConfiguration;
import io.github.etcdspring.fleet.EtcdFleetAutoConfiguration;
import io.github.etcdspring.operations.EtcdConfigOperationsAutoConfiguration;
import io.github.etcdspring.operations.EtcdInstanceOperationsAutoConfiguration;
import io.github.etcdspring.rollout.EtcdRolloutAutoConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.security.autoconfigure.SecurityAutoConfiguration;
import org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration;
import org.springframework.boot.security.autoconfigure.web.servlet.SecurityFilterAutoConfiguration;
import org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.web.servlet.function.support.RouterFunctionMapping;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link EtcdConsoleAutoConfiguration}.
 */
class EtcdConsoleAutoConfigurationTests {

	private static final String CHAIN = "etcdConsoleSecurityFilterChain";

	private static final AutoConfigurations ETCD = AutoConfigurations.of(EtcdAutoConfiguration.class,
			EtcdFleetAutoConfiguration.class, EtcdConfigOperationsAutoConfiguration.class,
			EtcdInstanceOperationsAutoConfiguration.class, EtcdRolloutAutoConfiguration.class,
			EtcdConsoleAutoConfiguration.class);

	private final WebApplicationContextRunner unsecured = new WebApplicationContextRunner().withConfiguration(ETCD)
		.withConfiguration(
				AutoConfigurations.of(DispatcherServletAutoConfiguration.class, WebMvcAutoConfiguration.class))
		.withPropertyValues("spring.cloud.etcd.endpoints=http://localhost:1");

	private final WebApplicationContextRunner secured = this.unsecured.withConfiguration(
			AutoConfigurations.of(SecurityAutoConfiguration.class, UserDetailsServiceAutoConfiguration.class,
					SecurityFilterAutoConfiguration.class, ServletWebSecurityAutoConfiguration.class));

	@Test
	void consoleIsServedWithSpringSecurity() {
		this.secured.run((context) -> {
			assertThat(context).hasNotFailed()
				.hasSingleBean(AuthenticatedAccess.class)
				.doesNotHaveBean(AnonymousAccess.class)
				.hasBean(CHAIN)
				.hasBean("etcdConsoleMapping");
			assertThat(context.getBeansOfType(SecurityFilterChain.class)).hasSize(2);
		});
	}

	@Test
	void applicationInjectsItsOwnMapping() {
		this.secured.run((context) -> assertThat(context.getBeanProvider(RouterFunctionMapping.class).getObject())
			.isSameAs(context.getBean("routerFunctionMapping")));
	}

	@Test
	void applicationDoesNotStartWithoutSpringSecurity() {
		this.unsecured.run((context) -> {
			assertThat(context).hasFailed();
			assertThat(context.getStartupFailure()).hasRootCauseInstanceOf(MissingConsoleSecurityException.class);
			FailureAnalysis analysis = new MissingConsoleSecurityFailureAnalyzer().analyze(context.getStartupFailure());
			assertThat(analysis.getDescription()).contains("does not use Spring Security");
			assertThat(analysis.getAction()).contains("spring-boot-starter-security",
					"spring.cloud.etcd.console.allow-anonymous", "spring.cloud.etcd.console.enabled");
		});
	}

	@Test
	void applicationDoesNotStartWithoutTheClassesOfSpringSecurity() {
		this.unsecured.withClassLoader(new FilteredClassLoader("org.springframework.security"))
			.run((context) -> assertThat(context.getStartupFailure())
				.hasRootCauseInstanceOf(MissingConsoleSecurityException.class));
	}

	@Test
	void everybodyIsAllowedOnRequest() {
		this.unsecured.withPropertyValues("spring.cloud.etcd.console.allow-anonymous=true")
			.withClassLoader(new FilteredClassLoader("org.springframework.security"))
			.run((context) -> assertThat(context).hasNotFailed().hasSingleBean(AnonymousAccess.class));
	}

	@Test
	void springSecurityIsUsedEvenIfEverybodyIsAllowed() {
		this.secured.withPropertyValues("spring.cloud.etcd.console.allow-anonymous=true")
			.run((context) -> assertThat(context).hasBean(CHAIN).doesNotHaveBean(AnonymousAccess.class));
	}

	@Test
	void chainOfTheApplicationReplacesTheDefaultOneOnly() {
		this.secured.withUserConfiguration(OwnChain.class)
			.run((context) -> assertThat(context.getBeansOfType(SecurityFilterChain.class)).containsOnlyKeys(CHAIN,
					"ownChain"));
	}

	/**
	 * Without the auto-configuration of Spring Boot for the security of web applications.
	 */
	@Test
	void applicationConfiguresSpringSecurityItself() {
		this.unsecured.withUserConfiguration(OwnSecurity.class)
			.run((context) -> assertThat(context).hasNotFailed()
				.hasBean(CHAIN)
				.doesNotHaveBean(PathPatternRequestMatcher.Builder.class));
	}

	@ParameterizedTest
	@ValueSource(strings = { "spring.cloud.etcd.console.enabled=false", "spring.cloud.etcd.enabled=false" })
	void consoleIsDisabledByAProperty(String property) {
		this.unsecured.withPropertyValues(property)
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(ContentMirror.class)
				.doesNotHaveBean("etcdConsoleMapping"));
	}

	@Test
	void otherApplicationsHaveNoConsole() {
		new ApplicationContextRunner().withConfiguration(ETCD)
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(ContentMirror.class));
		new ReactiveWebApplicationContextRunner().withConfiguration(ETCD)
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(ContentMirror.class));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "/", "console", "/console/", "/a//b", "/{a}", "/a/**", "/a b" })
	void invalidPathIsRefused(String path) {
		this.secured.withPropertyValues("spring.cloud.etcd.console.path=" + path)
			.run((context) -> assertThat(context.getStartupFailure()).rootCause()
				.hasMessageContaining("spring.cloud.etcd.console.path"));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableWebSecurity
	static class OwnSecurity {

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnChain {

		@Bean
		SecurityFilterChain ownChain(HttpSecurity http) {
			return http.build();
		}

	}

}
