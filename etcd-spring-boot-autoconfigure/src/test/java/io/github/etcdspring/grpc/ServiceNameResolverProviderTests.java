package io.github.etcdspring.grpc;

import java.net.URI;
import java.util.Map;
import java.util.concurrent.Executor;

import io.grpc.ChannelLogger;
import io.grpc.NameResolver;
import io.grpc.NameResolver.ConfigOrError;
import io.grpc.NameResolverProvider;
import io.grpc.NameResolverRegistry;
import io.grpc.SynchronizationContext;
import io.grpc.internal.GrpcUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class ServiceNameResolverProviderTests {

	private final NameResolverProvider provider = new EtcdNameResolverProvider();

	@Test
	void gRpcLoadsTheProvidersAndKeepsItsDefault() {
		NameResolverRegistry registry = NameResolverRegistry.getDefaultRegistry();
		assertThat(registry.getProviderForScheme("etcd")).isInstanceOf(EtcdNameResolverProvider.class);
		assertThat(registry.getProviderForScheme("discovery")).isInstanceOf(DiscoveryNameResolverProvider.class);
		assertThat(registry.getDefaultScheme()).isEqualTo("dns");
	}

	@Test
	void nameOfTheServiceIsTheAuthority() {
		assertThat(authority("etcd:///orders")).isEqualTo("orders");
		assertThat(authority("ETCD:///orders")).isEqualTo("orders");
		assertThat(authority("etcd:/orders")).isEqualTo("orders");
		assertThat(authority("etcd:///order%20service")).isEqualTo("order%20service");
	}

	/** Host names of etcd in many clusters. */
	@Test
	void hostWithPortIsLeftToDns() {
		assertThat(authority("etcd:2379")).isEqualTo("etcd:2379");
		assertThat(resolver("etcd:2379")).isNotInstanceOf(ServiceNameResolver.class);
	}

	@Test
	void otherSchemeIsNotResolved() {
		assertThat(resolver("dns:///orders")).isNull();
	}

	@ParameterizedTest
	@ValueSource(strings = { "etcd://orders", "etcd://orders/", "etcd:///", "etcd:///a/b", "etcd://host/orders" })
	void targetWithoutOneServiceIsInvalid(String target) {
		assertThatIllegalArgumentException().isThrownBy(() -> resolver(target))
			.withMessageContaining(target)
			.withMessageContaining("etcd:///orders");
	}

	private String authority(String target) {
		return resolver(target).getServiceAuthority();
	}

	private NameResolver resolver(String target) {
		Executor direct = Runnable::run;
		return this.provider.newNameResolver(URI.create(target),
				NameResolver.Args.newBuilder()
					.setDefaultPort(443)
					.setProxyDetector(GrpcUtil.DEFAULT_PROXY_DETECTOR)
					.setSynchronizationContext(new SynchronizationContext((thread, failure) -> {
						throw new AssertionError(failure);
					}))
					.setServiceConfigParser(new NameResolver.ServiceConfigParser() {

						@Override
						public ConfigOrError parseServiceConfig(Map<String, ?> config) {
							return ConfigOrError.fromConfig(config);
						}

					})
					.setChannelLogger(new ChannelLogger() {

						@Override
						public void log(ChannelLogLevel level, String message) {
						}

						@Override
						public void log(ChannelLogLevel level, String format, Object... arguments) {
						}

					})
					.setOffloadExecutor(direct)
					.build());
	}

}
