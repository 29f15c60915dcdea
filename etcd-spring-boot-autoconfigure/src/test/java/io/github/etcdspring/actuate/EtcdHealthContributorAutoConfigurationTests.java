package io.github.etcdspring.actuate;

import java.util.List;
import java.util.stream.StreamSupport;

import io.github.etcdspring.fixture.ContextRunners;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.health.contributor.HealthContributors;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

class EtcdHealthContributorAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = ContextRunners
		.withoutEtcd(EtcdHealthContributorAutoConfiguration.class);

	@Test
	void reportsOnTheClusterAndOnUsedFeatures() {
		this.contextRunner
			.run((context) -> assertThat(names(context)).containsExactly("cluster", "discovery", "registration"));
	}

	@Test
	void omitsRegistrationWithoutServiceRegistry() {
		this.contextRunner.withPropertyValues("spring.cloud.service-registry.enabled=false")
			.run((context) -> assertThat(names(context)).containsExactly("cluster", "discovery"));
	}

	@Test
	void reportsOnTheClusterWhenOnlyTheClientIsUsed() {
		this.contextRunner.withPropertyValues("spring.cloud.etcd.discovery.enabled=false")
			.run((context) -> assertThat(names(context)).containsExactly("cluster"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "cluster", "discovery", "registration" })
	void eachIndicatorCanBeDisabled(String part) {
		this.contextRunner.withPropertyValues("management.health.etcd." + part + ".enabled=false")
			.run((context) -> assertThat(names(context)).hasSize(2).doesNotContain(part));
	}

	@Test
	void enablesAllIndicatorsWhenDefaultsAreDisabledAndEtcdIsEnabled() {
		this.contextRunner
			.withPropertyValues("management.health.defaults.enabled=false", "management.health.etcd.enabled=true")
			.run((context) -> assertThat(names(context)).hasSize(3));
	}

	@ParameterizedTest
	@ValueSource(strings = { "management.health.etcd.enabled", "management.health.defaults.enabled",
			"spring.cloud.etcd.enabled" })
	void backsOffWhenDisabled(String property) {
		this.contextRunner.withPropertyValues(property + "=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("etcdHealthContributor"));
	}

	@Test
	void backsOffWhenTheApplicationDefinesItsOwnContributor() {
		this.contextRunner.withBean("etcdHealthIndicator", HealthIndicator.class, () -> () -> Health.up().build())
			.run((context) -> assertThat(context).doesNotHaveBean("etcdHealthContributor"));
	}

	@Test
	void childContextHasItsOwnContributor() {
		this.contextRunner.run((parent) -> this.contextRunner.withParent(parent)
			.run((child) -> assertThat(child.getBean("etcdHealthContributor"))
				.isNotSameAs(parent.getBean("etcdHealthContributor"))));
	}

	@ParameterizedTest
	@ValueSource(classes = { HealthContributor.class, ConditionalOnEnabledHealthIndicator.class })
	void startsWithoutHealthOnTheClassPath(Class<?> missing) {
		this.contextRunner.withClassLoader(new FilteredClassLoader(missing))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("etcdHealthContributor"));
	}

	private static List<String> names(ApplicationContext context) {
		CompositeHealthContributor contributor = (CompositeHealthContributor) context.getBean("etcdHealthContributor",
				HealthContributor.class);
		return StreamSupport.stream(contributor.spliterator(), false).map(HealthContributors.Entry::name).toList();
	}

}
