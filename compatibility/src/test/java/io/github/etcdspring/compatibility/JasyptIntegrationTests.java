package io.github.etcdspring.compatibility;

import java.time.Duration;

import com.ulisesbocchio.jasyptspringboot.annotation.EnableEncryptableProperties;
import org.jasypt.encryption.StringEncryptor;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Jasypt, which wraps every property source to decrypt values.
 */
class JasyptIntegrationTests extends AbstractCompatibilityTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	@Test
	void followsEncryptedAndPlainValues() {
		put("/config/shop/mail/host", "plain");
		put("/config/shop/mail/password", "ENC(terces)");
		ConfigurableApplicationContext context = start(Shop.class, "shop", WebApplicationType.NONE,
				"spring.cloud.etcd.discovery.register=false");
		Mail mail = context.getBean(Mail.class);
		Login login = context.getBean(Login.class);
		assertThat(mail.getHost()).isEqualTo("plain");
		assertThat(mail.getPassword()).isEqualTo("secret");
		assertThat(login.password).isEqualTo("secret");
		put("/config/shop/mail/password", "ENC(wen)");
		await().atMost(SOON).until(() -> mail.getPassword().equals("new"));
		await().atMost(SOON).until(() -> login.password.equals("new"));
		put("/config/shop/mail/host", "other");
		await().atMost(SOON).until(() -> mail.getHost().equals("other"));
		assertThat(context.getEnvironment().getProperty("mail.host")).isEqualTo("other");
	}

	@Test
	void rejectsAValueThatDoesNotConvert() {
		put("/config/shop/mail/port", "25");
		ConfigurableApplicationContext context = start(Shop.class, "shop", WebApplicationType.NONE,
				"spring.cloud.etcd.discovery.register=false");
		Mail mail = context.getBean(Mail.class);
		this.etcd.putTogether(java.util.Map.of("/config/shop/mail/port", "none", "/config/shop/mail/host", "h"));
		put("/config/shop/mail/port", "26");
		await().atMost(SOON).until(() -> mail.getPort() == 26);
		assertThat(mail.getHost()).isEqualTo("h");
	}

	@ConfigurationProperties("mail")
	static class Mail {

		private String host = "";

		private String password = "";

		private int port;

		String getHost() {
			return this.host;
		}

		void setHost(String host) {
			this.host = host;
		}

		String getPassword() {
			return this.password;
		}

		void setPassword(String password) {
			this.password = password;
		}

		int getPort() {
			return this.port;
		}

		void setPort(int port) {
			this.port = port;
		}

	}

	static class Login {

		@Value("${mail.password:}")
		volatile String password;

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableConfigurationProperties(Mail.class)
	@Import(Login.class)
	@EnableEncryptableProperties
	static class Shop {

		@Bean("jasyptStringEncryptor")
		static StringEncryptor encryptor() {
			return new StringEncryptor() {

				@Override
				public String encrypt(String message) {
					return new StringBuilder(message).reverse().toString();
				}

				@Override
				public String decrypt(String message) {
					return new StringBuilder(message).reverse().toString();
				}

			};
		}

	}

}
