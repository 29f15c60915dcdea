package io.github.etcdspring.client;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.net.ssl.SSLException;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.ClientBuilder;
import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslOptions;
import org.springframework.util.StringUtils;

/**
 * Creates jetcd clients from properties, connection details and customizers.
 */
final class EtcdClientFactory {

	private static final Pattern SRV_TARGET = Pattern.compile("dns\\+srv:(//[^/]*/)([^/]+)");

	private final EtcdProperties properties;

	private final EtcdConnectionDetails details;

	private final List<EtcdClientBuilderCustomizer> customizers;

	private final @Nullable EtcdEndpoints endpoints;

	private final ObservedCalls observedCalls = new ObservedCalls();

	EtcdClientFactory(EtcdProperties properties, EtcdConnectionDetails details,
			List<EtcdClientBuilderCustomizer> customizers, @Nullable CallObserver observer) {
		this.observedCalls.setObserver(observer);
		this.properties = properties;
		this.details = details;
		this.customizers = List.copyOf(customizers);
		this.endpoints = StringUtils.hasText(details.getTarget()) ? null : EtcdEndpoints.parse(details.getEndpoints());
		requirePositive("connect-timeout", properties.connectTimeout());
		requirePositive("request-timeout", properties.requestTimeout());
		requirePositive("startup-timeout", properties.startupTimeout());
		requirePositive("keepalive.time", properties.keepalive().time());
		requirePositive("keepalive.timeout", properties.keepalive().timeout());
		long maxSize = properties.maxInboundMessageSize().toBytes();
		if (maxSize < 1 || maxSize > Integer.MAX_VALUE) {
			throw new InvalidConfigurationPropertyValueException("spring.cloud.etcd.max-inbound-message-size",
					properties.maxInboundMessageSize(), "Must be greater than zero and less than 2GB.");
		}
		if (StringUtils.hasText(details.getUsername()) != StringUtils.hasText(details.getPassword())) {
			throw new InvalidConfigurationPropertyValueException("spring.cloud.etcd.username", details.getUsername(),
					"Set both spring.cloud.etcd.username and spring.cloud.etcd.password, or neither.");
		}
	}

	private static void requirePositive(String name, Duration value) {
		if (value.isNegative() || value.isZero()) {
			throw new InvalidConfigurationPropertyValueException("spring.cloud.etcd." + name, value,
					"Must be greater than zero.");
		}
	}

	/**
	 * Return the addresses that the client connects to, for messages.
	 * @return the endpoints or the target
	 */
	List<String> addresses() {
		return (this.endpoints != null) ? this.endpoints.uris().stream().map(URI::toString).toList()
				: List.of(target());
	}

	/**
	 * Whether another factory can be compared with this one: certificates, customizers
	 * and the connection details of other libraries have no identity.
	 */
	boolean isComparable() {
		return this.details instanceof PropertiesEtcdConnectionDetails && this.details.getSslBundle() == null
				&& this.customizers.isEmpty();
	}

	boolean createsSameClientAs(EtcdClientFactory other) {
		return isComparable() && other.isComparable() && this.properties.equals(other.properties);
	}

	/** Return the interceptor that is part of each created client. */
	ObservedCalls observedCalls() {
		return this.observedCalls;
	}

	Client create() {
		ClientBuilder builder = builder().target((this.endpoints != null) ? this.endpoints.target() : target());
		this.customizers.forEach((customizer) -> customizer.customize(builder));
		// the last interceptors are called first, so that others see what is really sent
		Client client = builder
			.interceptor(this.observedCalls, new WatchMultiplexer(maxMessageSize()), new RenewalInterceptor())
			.build();
		try {
			// creates the channel, so that invalid settings fail on startup
			client.getKVClient();
			return client;
		}
		catch (IllegalArgumentException ex) {
			client.close();
			throw (this.endpoints != null) ? ex
					: new InvalidConfigurationPropertyValueException("spring.cloud.etcd.target",
							this.details.getTarget(), "Not a valid gRPC target: " + ex.getMessage());
		}
	}

	/**
	 * Create a client whose calls fail immediately instead of waiting for a connection.
	 * @param address one of the {@link #addresses()}
	 * @return a client for that address alone, to be closed by the caller
	 */
	Client createFailingFast(String address) {
		ClientBuilder builder = builder()
			.target((this.endpoints != null) ? EtcdEndpoints.target(List.of(URI.create(address))) : address);
		this.customizers.forEach((customizer) -> customizer.customize(builder));
		return builder.waitForReady(false).retryMaxAttempts(0).build();
	}

	/**
	 * Return the target. A domain refers to the SRV records that etcd defines for
	 * clients; a name that begins with an underscore is the name of the records.
	 */
	private String target() {
		String target = String.valueOf(this.details.getTarget()).trim();
		Matcher srv = SRV_TARGET.matcher(target);
		if (!srv.matches()) {
			return target;
		}
		boolean encrypted = this.details.getSslBundle() != null || this.details.isSslRequired();
		String service = (srv.group(2).startsWith("_")) ? ""
				: ((encrypted) ? "_etcd-client-ssl._tcp." : "_etcd-client._tcp.");
		return SrvNameResolverProvider.SCHEME + ":" + srv.group(1) + service + srv.group(2);
	}

	private ClientBuilder builder() {
		NettyEvents.disableUnlessRecorded();
		ClientBuilder builder = Client.builder()
			.loadBalancerPolicy(BoundedReconnectLoadBalancerProvider.POLICY)
			.interceptor(new DeadlineInterceptor(this.properties.requestTimeout()))
			.connectTimeout(this.properties.connectTimeout())
			.keepaliveTime(this.properties.keepalive().time())
			.keepaliveTimeout(this.properties.keepalive().timeout())
			.keepaliveWithoutCalls(this.properties.keepalive().withoutCalls())
			.maxInboundMessageSize(maxMessageSize())
			// an expired token requires a retry; the default delay is 500 ms
			.retryDelay(50)
			.retryMaxDelay(500)
			.waitForReady(true);
		String username = this.details.getUsername();
		String password = this.details.getPassword();
		if (StringUtils.hasText(username) && StringUtils.hasText(password)) {
			builder.user(bytes(username)).password(bytes(password));
		}
		if (StringUtils.hasText(this.properties.namespace())) {
			builder.namespace(bytes(this.properties.namespace()));
		}
		if (StringUtils.hasText(this.properties.authority())) {
			builder.authority(this.properties.authority());
		}
		SslContext sslContext = sslContext();
		if (sslContext != null) {
			builder.sslContext(sslContext);
		}
		return builder;
	}

	private int maxMessageSize() {
		return Math.toIntExact(this.properties.maxInboundMessageSize().toBytes());
	}

	private @Nullable SslContext sslContext() {
		SslBundle bundle = this.details.getSslBundle();
		boolean encryptedEndpoints = this.endpoints != null && this.endpoints.encrypted();
		boolean required = bundle != null || this.details.isSslRequired();
		if (required && this.endpoints != null && !encryptedEndpoints) {
			// jetcd ignores the scheme, but readers of the configuration rely on it
			throw new InvalidConfigurationPropertyValueException("spring.cloud.etcd.endpoints", addresses(),
					"TLS is enabled, so the endpoints must start with https.");
		}
		if (!required && !encryptedEndpoints) {
			return null;
		}
		try {
			SslContextBuilder context = GrpcSslContexts.forClient();
			if (bundle != null) {
				context.trustManager(bundle.getManagers().getTrustManagerFactory());
				context.keyManager(bundle.getManagers().getKeyManagerFactory());
				SslOptions options = bundle.getOptions();
				if (options.getCiphers() != null) {
					context.ciphers(List.of(options.getCiphers()));
				}
				if (options.getEnabledProtocols() != null) {
					context.protocols(options.getEnabledProtocols());
				}
			}
			return context.build();
		}
		catch (SSLException ex) {
			throw new IllegalStateException("Failed to configure TLS for etcd: " + ex.getMessage(), ex);
		}
	}

	private static ByteSequence bytes(String text) {
		return ByteSequence.from(text, StandardCharsets.UTF_8);
	}

}
