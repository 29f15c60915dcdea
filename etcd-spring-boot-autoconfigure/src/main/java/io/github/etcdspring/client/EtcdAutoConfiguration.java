package io.github.etcdspring.client;

import java.util.List;
import java.util.function.Function;

import io.etcd.jetcd.Client;
import org.crac.Core;
import org.crac.Resource;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration for a jetcd {@link Client}, closed with the context.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = SslAutoConfiguration.class)
@ConditionalOnClass(Client.class)
@ConditionalOnProperty(name = "spring.cloud.etcd.enabled", matchIfMissing = true)
@EnableConfigurationProperties(EtcdProperties.class)
public final class EtcdAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(EtcdConnectionDetails.class)
	PropertiesEtcdConnectionDetails etcdConnectionDetails(EtcdProperties properties,
			ObjectProvider<SslBundles> sslBundles) {
		return new PropertiesEtcdConnectionDetails(properties, sslBundles.getIfAvailable());
	}

	@Bean
	EtcdConnection etcdConnection(Client etcdClient, EtcdProperties properties,
			ObjectProvider<EtcdClientFactory> etcdClientFactory) {
		EtcdClientFactory own = etcdClientFactory.getIfAvailable();
		return new EtcdConnection(etcdClient, properties.requestTimeout(), properties.startupTimeout(),
				(own != null) ? diagnosis(etcdClient, new EndpointDiagnosis(own)) : EtcdRequestException::getMessage,
				(own != null) ? own.addresses() : List.of());
	}

	/**
	 * A diagnosis would open connections, which must not happen during a checkpoint or
	 * after the end of the application.
	 */
	private static Function<EtcdRequestException, String> diagnosis(Client client, EndpointDiagnosis diagnosis) {
		return (failure) -> {
			if (!(client instanceof RenewableClient own) || own.isConnected()) {
				return diagnosis.apply(failure);
			}
			return (own.isClosed()) ? failure.getMessage() : "disconnected during a checkpoint of the JVM";
		};
	}

	/**
	 * Creates the client, unless the application defines one.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnMissingBean(Client.class)
	static class ClientConfiguration {

		@Bean
		EtcdClientFactory etcdClientFactory(EtcdProperties properties, EtcdConnectionDetails etcdConnectionDetails,
				ObjectProvider<EtcdClientBuilderCustomizer> customizers, ObjectProvider<CallObserver> observer) {
			return new EtcdClientFactory(properties, etcdConnectionDetails, customizers.orderedStream().toList(),
					observer.getIfAvailable());
		}

		@Bean(destroyMethod = "close")
		RenewableClient etcdClient(EtcdClientFactory etcdClientFactory, EtcdConnectionDetails etcdConnectionDetails,
				ObjectProvider<BootstrapClient> bootstrap) {
			BootstrapClient imported = bootstrap.getIfAvailable();
			Client first = (imported != null) ? imported.take(etcdClientFactory) : null;
			RenewableClient client = new RenewableClient(etcdClientFactory::create,
					(first != null) ? first : etcdClientFactory.create());
			if (etcdConnectionDetails instanceof PropertiesEtcdConnectionDetails properties) {
				properties.onSslBundleUpdate(() -> client.renew("SSL bundle"));
			}
			return client;
		}

		@Bean
		CredentialsListener etcdCredentialsListener(Environment environment,
				EtcdConnectionDetails etcdConnectionDetails, RenewableClient etcdClient) {
			return new CredentialsListener(environment, etcdConnectionDetails, etcdClient);
		}

		/**
		 * Closes the connection during checkpoints.
		 */
		@Configuration(proxyBeanMethods = false)
		@ConditionalOnClass(Resource.class)
		static class CheckpointConfiguration {

			@Bean
			CheckpointLifecycle etcdCheckpointLifecycle(RenewableClient etcdClient) {
				CheckpointLifecycle lifecycle = new CheckpointLifecycle(etcdClient);
				Core.getGlobalContext().register(lifecycle);
				return lifecycle;
			}

		}

	}

}
