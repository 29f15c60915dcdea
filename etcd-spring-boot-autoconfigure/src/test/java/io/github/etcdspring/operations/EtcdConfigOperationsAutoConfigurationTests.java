package io.github.etcdspring.operations;

import io.github.etcdspring.client.EtcdAutoConfiguration;
import io.github.etcdspring.fleet.EtcdFleetAutoConfiguration;
import org.junit.jupiter.api.Test;
import org.mockito.BDDMockito;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link EtcdConfigOperationsAutoConfiguration}.
 */
class EtcdConfigOperationsAutoConfigurationTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(AutoConfigurations
		.of(SslAutoConfiguration.class, EtcdAutoConfiguration.class, EtcdFleetAutoConfiguration.class,
				EtcdConfigOperationsAutoConfiguration.class, EtcdFleetOperationsAutoConfiguration.class));

	@Test
	void providesOperationsToEachApplication() {
		this.runner.run((context) -> assertThat(context).hasSingleBean(EtcdConfigOperations.class)
			.hasSingleBean(EtcdConfigTemplate.class)
			.hasSingleBean(EtcdHistoryOperations.class)
			.hasSingleBean(EtcdFleetOperations.class));
	}

	@Test
	void backsOffWhenTheApplicationDefinesOperations() {
		EtcdConfigOperations own = BDDMockito.mock(EtcdConfigOperations.class);
		this.runner.withBean(EtcdConfigOperations.class, () -> own)
			.run((context) -> assertThat(context).getBean(EtcdConfigOperations.class).isSameAs(own));
	}

	@Test
	void rejectsPrefixesOfTheHistoryThatOverlapWithOthers() {
		for (String property : new String[] { "prefix=/config/history", "prefix=/fleet", "prefix=/services/",
				"prefix=/", "snapshot-prefix=/history/snapshots", "prefix=/snapshots",
				"snapshot-prefix=/overrides/x" }) {
			this.runner.withPropertyValues("spring.cloud.etcd.config.history." + property)
				.run((context) -> assertThat(context).getFailure()
					.rootCause()
					.isInstanceOf(InvalidConfigurationPropertyValueException.class));
		}
		this.runner.withPropertyValues("spring.cloud.etcd.config.prefix=/")
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void rejectsInvalidLimitsOfTheHistory() {
		for (String property : new String[] { "max-entries=0", "max-age=0s", "max-age=-1d" }) {
			this.runner.withPropertyValues("spring.cloud.etcd.config.history." + property)
				.run((context) -> assertThat(context).getFailure()
					.rootCause()
					.isInstanceOf(InvalidConfigurationPropertyValueException.class)
					.hasMessageContaining("Must be greater than zero."));
		}
	}

	@Test
	void backsOffWithoutEtcd() {
		this.runner.withPropertyValues("spring.cloud.etcd.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(EtcdConfigOperations.class));
	}

}
