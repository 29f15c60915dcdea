package io.github.etcdspring.grpc;

import java.util.HashMap;
import java.util.Map;

import io.grpc.ManagedChannelBuilder;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.core.env.Environment;
import org.springframework.grpc.client.GrpcChannelBuilderCustomizer;

/**
 * Binds the channels of Spring gRPC to their application context. A channel whose service
 * config or health check is set by properties gets no service config of the starter,
 * which would replace it. The properties are those of Spring Boot 4.1 and of Spring gRPC
 * 1.0 on Spring Boot 4.0.
 *
 * @param <T> type of the builder
 */
final class SpringGrpcChannelCustomizer<T extends ManagedChannelBuilder<T>> implements GrpcChannelBuilderCustomizer<T> {

	private static final String PREFIX = "spring.grpc.client.";

	private static final String DEFAULT_CHANNEL = "default";

	private final ContextServices services;

	private final Map<String, ChannelProperties> channels = new HashMap<>();

	SpringGrpcChannelCustomizer(ContextServices services, Environment environment) {
		this.services = services;
		Binder binder = Binder.get(environment);
		Bindable<Map<String, ChannelProperties>> channels = Bindable.mapOf(String.class, ChannelProperties.class);
		binder.bind(PREFIX + "default-channel", ChannelProperties.class)
			.ifBound((channel) -> this.channels.put(DEFAULT_CHANNEL, channel));
		binder.bind(PREFIX + "channels", channels).ifBound(this.channels::putAll);
		binder.bind(PREFIX + "channel", channels).ifBound(this.channels::putAll);
	}

	@Override
	public void customize(String name, T builder) {
		ChannelProperties channel = this.channels.getOrDefault(name, this.channels.get(DEFAULT_CHANNEL));
		boolean configured = channel != null && (channel.serviceConfig() != null || channel.health().enabled());
		builder.setNameResolverArg(ContextServices.ARGUMENT,
				(configured) ? this.services.withoutServiceConfig() : this.services);
	}

	/**
	 * Properties of a channel that become its service config.
	 *
	 * @param serviceConfig its service config
	 * @param health its health check
	 */
	record ChannelProperties(@Nullable Map<String, Object> serviceConfig, @DefaultValue Health health) {

	}

	/**
	 * Health check of a channel.
	 *
	 * @param enabled whether it is enabled
	 */
	record Health(boolean enabled) {

	}

}
