package io.github.etcdspring.console;

import io.github.etcdspring.client.EtcdAutoConfiguration;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.operations.EtcdConfigOperationsAutoConfiguration;
import io.github.etcdspring.operations.EtcdInstanceOperationsAutoConfiguration;
import io.github.etcdspring.rollout.EtcdRolloutAutoConfiguration;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigureOrder;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.web.servlet.HandlerMapping;

/**
 * Auto-configuration for the console. It is the last one, so that its filter chain is
 * added after those of Spring Boot, which it would replace otherwise.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = { EtcdAutoConfiguration.class, EtcdConfigOperationsAutoConfiguration.class,
		EtcdInstanceOperationsAutoConfiguration.class, EtcdRolloutAutoConfiguration.class })
@AutoConfigureOrder(Ordered.LOWEST_PRECEDENCE)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnProperty(name = "spring.cloud.etcd.console.enabled", matchIfMissing = true)
@ConditionalOnBean(EtcdConnection.class)
@EnableConfigurationProperties(EtcdConsoleProperties.class)
@Import({ ConsoleSecurityConfiguration.class, ConsoleApiConfiguration.class })
public final class EtcdConsoleAutoConfiguration {

	private static final Log logger = LogFactory.getLog(EtcdConsoleAutoConfiguration.class);

	@Bean
	@ConditionalOnMissingBean(Access.class)
	AnonymousAccess etcdConsoleAnonymousAccess(EtcdConsoleProperties properties) {
		if (!properties.allowAnonymous()) {
			throw new MissingConsoleSecurityException();
		}
		logger.warn("Everybody who can connect to the etcd console at " + properties.path()
				+ " is an operator, as spring.cloud.etcd.console.allow-anonymous is set");
		return new AnonymousAccess();
	}

	/** Hidden from the application, which may expect one mapping of this type. */
	@Bean(autowireCandidate = false)
	HandlerMapping etcdConsoleMapping(EtcdConsoleProperties properties, Access access, ObjectProvider<Api> apis) {
		return ConsoleRouter.mapping(properties, access, apis.orderedStream().toList());
	}

}
