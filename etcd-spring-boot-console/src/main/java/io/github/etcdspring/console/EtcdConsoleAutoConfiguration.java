package io.github.etcdspring.console;

import io.github.etcdspring.client.EtcdAutoConfiguration;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.operations.EtcdConfigOperationsAutoConfiguration;
import io.github.etcdspring.operations.EtcdInstanceOperationsAutoConfiguration;
import io.github.etcdspring.rollout.EtcdRolloutAutoConfiguration;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication.Type;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.web.servlet.HandlerMapping;

/**
 * Auto-configuration for the console. Its filter chain is added after Spring Boot has
 * decided on its default chains, so that it does not replace them.
 *
 * @since 0.1.0
 */
@AutoConfiguration(
		after = { EtcdAutoConfiguration.class, EtcdConfigOperationsAutoConfiguration.class,
				EtcdInstanceOperationsAutoConfiguration.class, EtcdRolloutAutoConfiguration.class },
		afterName = { "org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration",
				"org.springframework.boot.security.autoconfigure.actuate.web.servlet.ManagementWebSecurityAutoConfiguration",
				"org.springframework.boot.security.oauth2.client.autoconfigure.servlet.OAuth2ClientWebSecurityAutoConfiguration",
				"org.springframework.boot.security.oauth2.server.resource.autoconfigure.servlet.OAuth2ResourceServerAutoConfiguration",
				"org.springframework.boot.security.saml2.autoconfigure.Saml2RelyingPartyAutoConfiguration" })
@ConditionalOnWebApplication(type = Type.SERVLET)
@ConditionalOnProperty(name = "spring.cloud.etcd.console.enabled", matchIfMissing = true)
@ConditionalOnBean(EtcdConnection.class)
@EnableConfigurationProperties(EtcdConsoleProperties.class)
@Import({ ConsoleSecurityConfiguration.class, ConsoleApiConfiguration.class })
public final class EtcdConsoleAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(Access.class)
	AnonymousAccess etcdConsoleAnonymousAccess(EtcdConsoleProperties properties) {
		if (!properties.allowAnonymous()) {
			throw new MissingConsoleSecurityException();
		}
		return new AnonymousAccess();
	}

	/** Hidden from the application, which may expect one mapping of this type. */
	@Bean(autowireCandidate = false)
	HandlerMapping etcdConsoleMapping(EtcdConsoleProperties properties, Access access, ObjectProvider<Api> apis) {
		return ConsoleRouter.mapping(properties, access, apis.orderedStream().toList());
	}

}
