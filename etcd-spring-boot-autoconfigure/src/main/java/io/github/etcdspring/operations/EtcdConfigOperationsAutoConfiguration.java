package io.github.etcdspring.operations;

import java.util.function.Supplier;
import java.util.stream.Stream;

import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdConnectionDetails;
import io.github.etcdspring.config.EtcdConfigProperties;
import io.github.etcdspring.fleet.EtcdFleetAutoConfiguration;
import io.github.etcdspring.fleet.FleetReader;
import io.github.etcdspring.registry.EtcdDiscoveryProperties;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/**
 * Auto-configuration for {@link EtcdConfigOperations} and {@link EtcdHistoryOperations}.
 * It does not require that the application imports configuration from etcd.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = EtcdFleetAutoConfiguration.class)
@ConditionalOnBean(name = "etcdFleetReader")
@EnableConfigurationProperties({ EtcdConfigHistoryProperties.class, EtcdConfigProperties.class,
		EtcdDiscoveryProperties.class })
public final class EtcdConfigOperationsAutoConfiguration {

	@Bean
	ConfigWriter etcdConfigWriter(EtcdConnection etcdConnection, FleetReader etcdFleetReader,
			EtcdConfigHistoryProperties properties, EtcdConfigProperties config, EtcdDiscoveryProperties discovery) {
		Requests requests = new Requests(etcdConnection);
		HistoryRecorder recorder = (properties.enabled()) ? new HistoryRecorder(requests,
				HistoryKeys.of(properties, config, etcdFleetReader.keys(), discovery), properties) : null;
		return new ConfigWriter(requests, recorder);
	}

	@Bean
	@Lazy
	@ConditionalOnMissingBean(EtcdConfigOperations.class)
	EtcdConfigTemplate etcdConfigTemplate(EtcdConnection etcdConnection, FleetReader etcdFleetReader,
			ConfigWriter etcdConfigWriter, ObjectProvider<EtcdConnectionDetails> etcdConnectionDetails,
			Environment environment) {
		return new EtcdConfigTemplate(new Requests(etcdConnection), etcdFleetReader.keys(), etcdConfigWriter,
				author(etcdConnectionDetails.getIfUnique(), environment));
	}

	/** The user may change while the application runs. */
	private static Supplier<Attribution> author(@Nullable EtcdConnectionDetails details, Environment environment) {
		return () -> new Attribution(Stream
			.of((details != null) ? details.getUsername() : null, environment.getProperty("spring.application.name"))
			.filter((name) -> StringUtils.hasText(name) && !HistoryEntry.OUTSIDE.equals(name))
			.findFirst()
			.orElse("application"), "");
	}

	@Bean
	@Lazy
	@ConditionalOnMissingBean(EtcdHistoryOperations.class)
	EtcdHistoryTemplate etcdHistoryTemplate(EtcdConnection etcdConnection, FleetReader etcdFleetReader,
			EtcdConfigHistoryProperties properties, EtcdConfigProperties config, EtcdDiscoveryProperties discovery) {
		return new EtcdHistoryTemplate(new Requests(etcdConnection),
				HistoryKeys.of(properties, config, etcdFleetReader.keys(), discovery), properties);
	}

}
