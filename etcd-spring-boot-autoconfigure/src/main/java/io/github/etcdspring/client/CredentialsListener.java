package io.github.etcdspring.client;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/**
 * Reconnects when the user name or password changes in the {@link Environment}. Leases
 * and watches survive the reconnect.
 */
final class CredentialsListener implements ApplicationListener<EnvironmentChangeEvent> {

	private static final Log logger = LogFactory.getLog(CredentialsListener.class);

	private final Environment environment;

	private final EtcdConnectionDetails details;

	private final RenewableClient client;

	CredentialsListener(Environment environment, EtcdConnectionDetails details, RenewableClient client) {
		this.environment = environment;
		this.details = details;
		this.client = client;
	}

	@Override
	public void onApplicationEvent(EnvironmentChangeEvent event) {
		if (!(this.details instanceof PropertiesEtcdConnectionDetails own)) {
			return;
		}
		try {
			// the changed property may be one that a placeholder refers to
			String username = this.environment.getProperty("spring.cloud.etcd.username");
			String password = this.environment.getProperty("spring.cloud.etcd.password");
			if (StringUtils.hasText(username) != StringUtils.hasText(password)) {
				logger.warn("The credentials for etcd are not updated: set both spring.cloud.etcd.username and"
						+ " spring.cloud.etcd.password, or neither");
			}
			else if (own.updateCredentials(username, password)) {
				this.client.renew("credentials");
			}
		}
		catch (IllegalArgumentException ex) {
			logger.warn("The credentials for etcd are not updated: failed to resolve"
					+ " spring.cloud.etcd.username or .password (" + ex.getClass().getSimpleName() + ")");
		}
	}

}
