package io.github.etcdspring.client;

import java.util.List;
import java.util.Objects;

import io.etcd.jetcd.Client;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.autoconfigure.ssl.JksSslBundleProperties;
import org.springframework.boot.autoconfigure.ssl.PemSslBundleProperties;
import org.springframework.boot.autoconfigure.ssl.PropertiesSslBundle;
import org.springframework.boot.bootstrap.BootstrapContext;
import org.springframework.boot.bootstrap.BootstrapRegistry.InstanceSupplier;
import org.springframework.boot.bootstrap.ConfigurableBootstrapContext;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.BindResult;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.ssl.DefaultSslBundleRegistry;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.util.StringUtils;

/**
 * Connection that is used before the application context exists, created from the same
 * properties. {@link EtcdConnectionDetails} and an {@link EtcdClientBuilderCustomizer}
 * are taken from the bootstrap context, if they are registered there.
 */
public final class BootstrapConnection implements AutoCloseable {

	private static final BindHandler PLAIN = new BindHandler() {
	};

	private final EtcdClientFactory factory;

	private final Client client;

	private final EtcdConnection connection;

	private boolean handedOver;

	private BootstrapConnection(EtcdClientFactory factory, Client client, EtcdConnection connection) {
		this.factory = factory;
		this.client = client;
		this.connection = connection;
	}

	/**
	 * Open a connection.
	 * @param binder binds the properties loaded so far
	 * @param context may contain a {@link BindHandler} that decrypts values, connection
	 * details and a customizer
	 * @return the connection, to be closed by the caller
	 */
	public static BootstrapConnection open(Binder binder, BootstrapContext context) {
		BindHandler handler = Objects.requireNonNull(context.getOrElse(BindHandler.class, PLAIN));
		EtcdProperties properties = binder.bindOrCreate("spring.cloud.etcd", Bindable.of(EtcdProperties.class),
				handler);
		EtcdConnectionDetails details = registeredDetails(binder, context);
		if (details == null) {
			details = new PropertiesEtcdConnectionDetails(properties, sslBundles(properties, binder, handler));
		}
		List<EtcdClientBuilderCustomizer> customizers = context.isRegistered(EtcdClientBuilderCustomizer.class)
				? List.of(Objects.requireNonNull(context.get(EtcdClientBuilderCustomizer.class))) : List.of();
		EtcdClientFactory factory = new EtcdClientFactory(properties, details, customizers, null);
		Client client = factory.create();
		return new BootstrapConnection(factory, client, new EtcdConnection(client, properties.requestTimeout(),
				properties.startupTimeout(), new EndpointDiagnosis(factory), factory.addresses()));
	}

	private static @Nullable EtcdConnectionDetails registeredDetails(Binder binder, BootstrapContext context) {
		EtcdConnectionDetails details = context.getOrElse(EtcdConnectionDetails.class, null);
		if (details != null) {
			return details;
		}
		BootstrapConnectionDetailsResolver later = context.getOrElse(BootstrapConnectionDetailsResolver.class, null);
		return (later != null) ? later.find(binder) : null;
	}

	/**
	 * The configured bundle. {@link SslBundles} do not exist yet.
	 */
	private static @Nullable SslBundles sslBundles(EtcdProperties properties, Binder binder, BindHandler handler) {
		String name = properties.ssl().bundle();
		if (!StringUtils.hasText(name)) {
			return null;
		}
		BindResult<PemSslBundleProperties> pem = binder.bind("spring.ssl.bundle.pem." + name,
				Bindable.of(PemSslBundleProperties.class), handler);
		if (pem.isBound()) {
			return new DefaultSslBundleRegistry(name, PropertiesSslBundle.get(pem.get()));
		}
		return binder.bind("spring.ssl.bundle.jks." + name, Bindable.of(JksSslBundleProperties.class), handler)
			.map((jks) -> new DefaultSslBundleRegistry(name, PropertiesSslBundle.get(jks)))
			.orElseGet(DefaultSslBundleRegistry::new);
	}

	/**
	 * The connection.
	 * @return the connection
	 */
	public EtcdConnection connection() {
		return this.connection;
	}

	/**
	 * Let the application continue to use the client. Clients with an SSL bundle, other
	 * connection details or customizers cannot be compared, and are closed as usual. So
	 * is the client of a further import.
	 * @param context the bootstrap context of the start
	 */
	public void handOver(ConfigurableBootstrapContext context) {
		if (this.factory.isComparable() && !context.isRegistered(BootstrapClient.class)) {
			this.handedOver = true;
			BootstrapClient bootstrap = new BootstrapClient(this.factory, this.client);
			context.register(BootstrapClient.class, InstanceSupplier.of(bootstrap));
			context.addCloseListener((event) -> event.getApplicationContext()
				.getBeanFactory()
				.registerSingleton(BootstrapClient.BEAN_NAME, bootstrap));
		}
	}

	@Override
	public void close() {
		if (!this.handedOver) {
			this.client.close();
		}
	}

}
