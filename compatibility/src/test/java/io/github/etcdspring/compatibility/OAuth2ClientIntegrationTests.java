package io.github.etcdspring.compatibility;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.security.oauth2.client.autoconfigure.OAuth2ClientProperties;
import org.springframework.boot.security.oauth2.client.autoconfigure.OAuth2ClientPropertiesMapper;
import org.springframework.cloud.context.config.annotation.RefreshScope;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.security.oauth2.client.AuthorizedClientServiceOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientService;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.client.registration.InMemoryClientRegistrationRepository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Client credentials of Spring Security's OAuth2 client, with a token endpoint whose
 * tokens have expired when they are issued.
 */
class OAuth2ClientIntegrationTests extends AbstractCompatibilityTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	private static final String REGISTRATION = "/config/shop/spring/security/oauth2/client/registration/orders/";

	private final List<String> credentials = new CopyOnWriteArrayList<>();

	private HttpServer authorizationServer;

	@BeforeEach
	void startAuthorizationServer() throws IOException {
		this.authorizationServer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.authorizationServer.createContext("/token", this::issueToken);
		this.authorizationServer.start();
		put(REGISTRATION + "authorization-grant-type", "client_credentials");
		put(REGISTRATION + "client-id", "shop");
		put(REGISTRATION + "client-secret", "one");
		put("/config/shop/spring/security/oauth2/client/provider/orders/token-uri",
				"http://127.0.0.1:" + this.authorizationServer.getAddress().getPort() + "/token");
	}

	@AfterEach
	void stopAuthorizationServer() {
		this.authorizationServer.stop(0);
	}

	@Test
	void clientInEtcdGetsTokensDuringChanges() {
		ConfigurableApplicationContext context = start(Shop.class);
		ClientRegistrationRepository registrations = context.getBean(ClientRegistrationRepository.class);
		authorize(context);
		follow(context, "/config/shop/shop/name", "shop.name", "two");
		authorize(context);
		assertThat(this.credentials).containsExactly("shop:one", "shop:one");
		assertThat(context.getBean(ClientRegistrationRepository.class)).isSameAs(registrations);
	}

	@Test
	void registrationKeepsItsSecretUntilARestart() {
		ConfigurableApplicationContext context = start(Shop.class);
		authorize(context);
		changeSecret(context);
		authorize(context);
		assertThat(this.credentials).containsExactly("shop:one", "shop:one");
		context.close();
		authorize(start(Shop.class));
		assertThat(this.credentials).endsWith("shop:two");
	}

	@Test
	void registrationsInTheRefreshScopeFollow() {
		ConfigurableApplicationContext context = start(RefreshScopedShop.class);
		authorize(context);
		changeSecret(context);
		ClientRegistrationRepository registrations = context.getBean(ClientRegistrationRepository.class);
		await().atMost(SOON).until(() -> "two".equals(registrations.findByRegistrationId("orders").getClientSecret()));
		authorize(context);
		assertThat(this.credentials).containsExactly("shop:one", "shop:two");
	}

	private ConfigurableApplicationContext start(Class<?> application) {
		return start(application, "shop", WebApplicationType.NONE, "libraries=security",
				"spring.cloud.etcd.discovery.register=false");
	}

	private static void authorize(ConfigurableApplicationContext context) {
		assertThat(context.getBean(OAuth2AuthorizedClientManager.class)
			.authorize(OAuth2AuthorizeRequest.withClientRegistrationId("orders").principal("shop").build()))
			.isNotNull();
	}

	private void changeSecret(ConfigurableApplicationContext context) {
		follow(context, REGISTRATION + "client-secret",
				"spring.security.oauth2.client.registration.orders.client-secret", "two");
		OAuth2ClientProperties properties = context.getBean(OAuth2ClientProperties.class);
		await().atMost(SOON).until(() -> "two".equals(properties.getRegistration().get("orders").getClientSecret()));
	}

	private void follow(ConfigurableApplicationContext context, String key, String property, String value) {
		put(key, value);
		await().atMost(SOON).until(() -> value.equals(context.getEnvironment().getProperty(property)));
	}

	private void issueToken(HttpExchange exchange) throws IOException {
		String authorization = exchange.getRequestHeaders().getFirst("Authorization");
		this.credentials.add(new String(Base64.getDecoder().decode(authorization.substring("Basic ".length())),
				StandardCharsets.UTF_8));
		byte[] token = "{\"access_token\":\"token\",\"token_type\":\"Bearer\",\"expires_in\":1}"
			.getBytes(StandardCharsets.UTF_8);
		exchange.getResponseHeaders().add("Content-Type", "application/json");
		exchange.sendResponseHeaders(200, token.length);
		exchange.getResponseBody().write(token);
		exchange.close();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Shop {

		@Bean
		OAuth2AuthorizedClientManager clients(ClientRegistrationRepository registrations,
				OAuth2AuthorizedClientService clients) {
			return new AuthorizedClientServiceOAuth2AuthorizedClientManager(registrations, clients);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Shop.class)
	static class RefreshScopedShop {

		@Bean
		@RefreshScope
		ClientRegistrationRepository clientRegistrations(OAuth2ClientProperties properties) {
			return new InMemoryClientRegistrationRepository(
					new OAuth2ClientPropertiesMapper(properties).asClientRegistrations());
		}

	}

}
