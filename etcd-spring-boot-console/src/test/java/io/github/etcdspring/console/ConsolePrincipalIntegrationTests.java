package io.github.etcdspring.console;

import java.util.List;

import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.security.authentication.AbstractAuthenticationToken;
import org.springframework.security.authentication.AuthenticationProvider;
import org.springframework.security.core.AuthenticatedPrincipal;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Integration tests for users whom another system has authenticated, as with OAuth: their
 * principal is no {@code UserDetails}, and their authorities are those of that system.
 */
class ConsolePrincipalIntegrationTests {

	private static EtcdServer etcd;

	private static RunningConsole console;

	@BeforeAll
	static void start() {
		etcd = EtcdServer.start();
		console = RunningConsole.start(etcd, ExternalUsers.class,
				"spring.cloud.etcd.console.viewer-authorities=GROUP_support",
				"spring.cloud.etcd.console.editor-authorities=GROUP_developers,GROUP_support-leads",
				"spring.cloud.etcd.console.operator-authorities=GROUP_platform");
	}

	@AfterAll
	static void stop() {
		console.close();
		etcd.close();
	}

	@Test
	void rolesAreMappedFromTheAuthorities() {
		assertThat(roles("support")).containsExactly("VIEWER");
		assertThat(roles("support-leads")).containsExactly("VIEWER", "EDITOR");
		assertThat(roles("platform")).containsExactly("VIEWER", "EDITOR", "OPERATOR");
		for (String path : List.of("/", "/api/session", "/api/services")) {
			assertThat(console.send(console.request("sales", "/etcd-console" + path)).statusCode()).isEqualTo(403);
		}
	}

	private static List<String> roles(String user) {
		return console.get(user, "session").get("roles").valueStream().map(JsonNode::asString).toList();
	}

	@Test
	void nameOfThePrincipalIsTheAuthorOfChanges() {
		assertThat(console.get("developers", "session").get("user").asString()).isEqualTo("Jane Doe (developers)");
		console.post("developers", "changes/write", """
				{"changes":[{"key":"/config/orders/a","value":"b"}],"waitSeconds":0}""");
		assertThat(console.get("support", "history?prefix=/config/orders/").at("/items/0/author").asString())
			.isEqualTo("Jane Doe (developers)");
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class ExternalUsers {

		@Bean
		AuthenticationProvider externalUsers() {
			return new AuthenticationProvider() {

				@Override
				public Authentication authenticate(Authentication request) {
					return new ExternalAuthentication(request.getName());
				}

				@Override
				public boolean supports(Class<?> type) {
					return true;
				}

			};
		}

	}

	/**
	 * A user of a group.
	 */
	private static final class ExternalAuthentication extends AbstractAuthenticationToken {

		private final String group;

		ExternalAuthentication(String group) {
			super(AuthorityUtils.createAuthorityList("SCOPE_openid", "GROUP_" + group));
			this.group = group;
			setAuthenticated(true);
		}

		@Override
		public AuthenticatedPrincipal getPrincipal() {
			return () -> "Jane Doe (" + this.group + ")";
		}

		@Override
		public Object getCredentials() {
			return "";
		}

	}

}
