package io.github.etcdspring.client;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundles;
import org.springframework.util.StringUtils;

/**
 * Adapts {@link EtcdProperties} to {@link EtcdConnectionDetails}.
 */
final class PropertiesEtcdConnectionDetails implements EtcdConnectionDetails {

	/** Spring Boot does not replace a placeholder without a value. */
	private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{[^}]+}");

	private final EtcdProperties properties;

	private final @Nullable SslBundles sslBundles;

	private volatile Credentials credentials;

	PropertiesEtcdConnectionDetails(EtcdProperties properties, @Nullable SslBundles sslBundles) {
		this.properties = properties;
		this.sslBundles = sslBundles;
		requireResolved("endpoints", String.join(",", properties.endpoints()));
		requireResolved("target", properties.target());
		requireResolved("username", properties.username());
		requireResolved("password", properties.password());
		requireResolved("namespace", properties.namespace());
		requireResolved("authority", properties.authority());
		this.credentials = new Credentials(properties.username(), properties.password());
		if (Boolean.FALSE.equals(properties.ssl().enabled())
				&& properties.endpoints().stream().anyMatch((endpoint) -> endpoint.trim().startsWith("https:"))) {
			throw new InvalidConfigurationPropertyValueException("spring.cloud.etcd.ssl.enabled", false,
					"TLS cannot be disabled while an endpoint starts with https.");
		}
	}

	private static void requireResolved(String name, @Nullable String value) {
		Matcher placeholder = PLACEHOLDER.matcher((value != null) ? value : "");
		if (placeholder.find()) {
			throw new InvalidEtcdPropertyException("spring.cloud.etcd." + name, placeholder.group(),
					"The placeholder cannot be resolved.",
					"Set the property of the placeholder, or add a default value to the placeholder.");
		}
	}

	@Override
	public List<String> getEndpoints() {
		return this.properties.endpoints();
	}

	@Override
	public @Nullable String getTarget() {
		return this.properties.target();
	}

	@Override
	public @Nullable String getUsername() {
		return this.credentials.username();
	}

	@Override
	public @Nullable String getPassword() {
		return this.credentials.password();
	}

	@Override
	public @Nullable SslBundle getSslBundle() {
		String bundle = bundle();
		return (bundle != null) ? sslBundles(bundle).getBundle(bundle) : null;
	}

	/**
	 * Update user name and password.
	 * @param username the user name, {@code null} without authentication
	 * @param password the password, {@code null} without authentication
	 * @return whether they have changed
	 */
	boolean updateCredentials(@Nullable String username, @Nullable String password) {
		Credentials next = new Credentials(username, password);
		boolean changed = !next.equals(this.credentials);
		this.credentials = next;
		return changed;
	}

	/**
	 * Register a callback for renewed certificates.
	 * @param action called on the thread that reloads the bundle
	 */
	void onSslBundleUpdate(Runnable action) {
		String bundle = bundle();
		if (bundle != null) {
			sslBundles(bundle).addBundleUpdateHandler(bundle, (updated) -> action.run());
		}
	}

	private @Nullable String bundle() {
		EtcdProperties.Ssl ssl = this.properties.ssl();
		return (StringUtils.hasText(ssl.bundle()) && !Boolean.FALSE.equals(ssl.enabled())) ? ssl.bundle() : null;
	}

	private SslBundles sslBundles(String bundle) {
		if (this.sslBundles == null) {
			throw new InvalidConfigurationPropertyValueException("spring.cloud.etcd.ssl.bundle", bundle,
					"No SSL bundles are available to the application.");
		}
		return this.sslBundles;
	}

	@Override
	public boolean isSslRequired() {
		return Boolean.TRUE.equals(this.properties.ssl().enabled());
	}

	private record Credentials(@Nullable String username, @Nullable String password) {

		@Override
		public String toString() {
			return "Credentials[username=" + this.username + "]";
		}

	}

}
