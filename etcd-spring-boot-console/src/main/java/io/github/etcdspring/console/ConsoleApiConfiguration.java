package io.github.etcdspring.console;

import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.config.EtcdConfigProperties;
import io.github.etcdspring.fleet.FleetReader;
import io.github.etcdspring.operations.EtcdConfigOperations;
import io.github.etcdspring.operations.EtcdHistoryOperations;
import io.github.etcdspring.operations.EtcdInstanceOperations;
import io.github.etcdspring.registry.EtcdDiscoveryProperties;
import io.github.etcdspring.registry.InstanceKeys;
import io.github.etcdspring.rollout.EtcdRolloutOperations;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/**
 * The parts of the API, and the copy of etcd that they read.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({ EtcdConfigProperties.class, EtcdDiscoveryProperties.class })
class ConsoleApiConfiguration {

	@Bean
	ConsoleKeys etcdConsoleKeys(EtcdConfigProperties config, EtcdDiscoveryProperties discovery, FleetReader fleet) {
		String prefix = config.prefix();
		return new ConsoleKeys(InstanceKeys.of(discovery), InstanceKeys.ofOverrides(discovery), fleet.keys(),
				(prefix.endsWith("/")) ? prefix : prefix + "/");
	}

	@Bean
	ContentMirror etcdConsoleMirror(EtcdConnection connection, ConsoleKeys keys) {
		return new ContentMirror(connection, keys);
	}

	@Bean
	EventPublisher etcdConsoleEventPublisher(ContentMirror mirror) {
		EventPublisher publisher = new EventPublisher(mirror);
		mirror.addListener(publisher::changed);
		return publisher;
	}

	@Bean
	SessionApi etcdConsoleSessionApi(ConsoleKeys keys, Environment environment) {
		return new SessionApi(keys.config(), environment.getProperty("spring.application.name", "application"));
	}

	@Bean
	EventsApi etcdConsoleEventsApi(EventPublisher publisher) {
		return new EventsApi(publisher);
	}

	@Bean
	ServicesApi etcdConsoleServicesApi(ContentMirror mirror) {
		return new ServicesApi(mirror);
	}

	@Bean
	OverridesApi etcdConsoleOverridesApi(EtcdInstanceOperations operations) {
		return new OverridesApi(operations);
	}

	@Bean
	FleetApi etcdConsoleFleetApi(ContentMirror mirror) {
		return new FleetApi(mirror);
	}

	@Bean
	ConfigurationApi etcdConsoleConfigurationApi(ContentMirror mirror, ConsoleKeys keys,
			EtcdConfigOperations operations) {
		return new ConfigurationApi(mirror, keys, operations);
	}

	@Bean
	ChangesApi etcdConsoleChangesApi(ContentMirror mirror, ConsoleKeys keys, EtcdConfigOperations operations) {
		return new ChangesApi(mirror, keys, new Changes(operations));
	}

	@Bean
	HistoryApi etcdConsoleHistoryApi(ConsoleKeys keys, EtcdHistoryOperations history, EtcdConfigOperations operations) {
		return new HistoryApi(keys, history, new Restoration(history, new Changes(operations)));
	}

	@Bean
	SnapshotsApi etcdConsoleSnapshotsApi(ConsoleKeys keys, EtcdHistoryOperations history,
			EtcdConfigOperations operations) {
		return new SnapshotsApi(keys, history, new Restoration(history, new Changes(operations)));
	}

	@Bean
	RolloutsApi etcdConsoleRolloutsApi(ContentMirror mirror, ConsoleKeys keys, EtcdRolloutOperations rollouts) {
		return new RolloutsApi(mirror, keys, rollouts);
	}

}
