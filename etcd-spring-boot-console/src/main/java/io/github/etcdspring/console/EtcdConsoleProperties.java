package io.github.etcdspring.console;

import java.util.List;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * Configuration properties for the console.
 *
 * @param enabled Whether to serve the console.
 * @param path Path of the console, below the context path.
 * @param viewerAuthorities Comma-separated list of authorities whose users see services,
 * instances and names of properties, but no values.
 * @param editorAuthorities Comma-separated list of authorities whose users also see and
 * change the configuration.
 * @param operatorAuthorities Comma-separated list of authorities whose users also start
 * and stop rollouts, take instances out of service and change their weights.
 * @param loginPage Path to which the browser of an unauthenticated user is redirected.
 * @param allowAnonymous Whether an application without Spring Security serves the console
 * to everybody who can connect to it, as an operator. Intended for development.
 * @since 0.1.0
 */
@ConfigurationProperties("spring.cloud.etcd.console")
public record EtcdConsoleProperties(@DefaultValue("true") boolean enabled, @DefaultValue("/etcd-console") String path,
		@DefaultValue("ROLE_ETCD_VIEWER") List<String> viewerAuthorities,
		@DefaultValue("ROLE_ETCD_EDITOR") List<String> editorAuthorities,
		@DefaultValue("ROLE_ETCD_OPERATOR") List<String> operatorAuthorities, @DefaultValue("/login") String loginPage,
		@DefaultValue("false") boolean allowAnonymous) {

	public EtcdConsoleProperties {
		if (!path.matches("(/[A-Za-z0-9._~-]+)+")) {
			throw new InvalidConfigurationPropertyValueException("spring.cloud.etcd.console.path", path,
					"A path such as /etcd-console is required, without a slash at the end.");
		}
	}

}
