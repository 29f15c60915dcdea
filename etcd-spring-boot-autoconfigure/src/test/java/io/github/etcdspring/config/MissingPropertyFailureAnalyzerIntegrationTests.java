package io.github.etcdspring.config;

import java.util.List;

import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.ConfiguredApplication;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.beans.factory.BeanCreationException;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.mock.env.MockEnvironment;
import org.springframework.util.PlaceholderResolutionException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Integration tests for {@link MissingPropertyFailureAnalyzer}.
 */
@ExtendWith(OutputCaptureExtension.class)
class MissingPropertyFailureAnalyzerIntegrationTests {

	@SharedEtcd(emptiedAfterEach = true)
	private static EtcdServer etcd;

	@SharedEtcd
	private static TestConnection connection;

	@Test
	void namesTheSearchedPrefixesAndTheCommandToAddTheProperty(CapturedOutput output) {
		connection.put("/config/application/other", "1");
		fail("etcd:");
		assertThat(output).contains("APPLICATION FAILED TO START", "The property 'mail.host' is missing, which bean",
				"    /config/application/ (1 properties)", "    /config/orders/ (0 properties)",
				"etcdctl put '/config/orders/mail/host' '<value>'");
	}

	@Test
	void reportsThatNothingIsImported(CapturedOutput output) {
		fail("");
		assertThat(output).contains("APPLICATION FAILED TO START", "The property 'mail.host' is missing, which bean",
				"nothing is imported from etcd", "    spring.config.import=etcd:");
	}

	@Test
	void namesTheKeyWhoseValueRefersToTheMissingProperty(CapturedOutput output) {
		connection.put("/config/orders/mail/host", "${s3cret}");
		fail("etcd:");
		assertThat(output).contains("APPLICATION FAILED TO START", "etcdctl get '/config/orders/mail/host'");
		assertThat(output.getAll().substring(output.getAll().indexOf("APPLICATION FAILED"))).doesNotContain("s3cret");
	}

	@Test
	@Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
	void circularCausesEnd() {
		MockEnvironment environment = new MockEnvironment();
		PlaceholderResolutionException missing = catchThrowableOfType(PlaceholderResolutionException.class,
				() -> environment.resolveRequiredPlaceholders("${mail.host}"));
		missing.initCause(new BeanCreationException("mailer", "failed", missing));
		assertThat(new MissingPropertyFailureAnalyzer(environment).analyze(missing).getDescription())
			.contains("which bean 'mailer' requires");
	}

	@Test
	void ignoresFailuresWhileEtcdIsDisabled(CapturedOutput output) {
		fail("etcd:", "spring.cloud.etcd.enabled=false");
		assertThat(output).doesNotContain("APPLICATION FAILED TO START");
	}

	private static void fail(String imports, String... arguments) {
		assertThatException()
			.isThrownBy(() -> ConfiguredApplication.run(etcd, imports, List.of(Mail.class), arguments).close());
	}

	static final class Mail {

		@Value("${mail.host}")
		private String host;

		@Override
		public String toString() {
			return this.host;
		}

	}

}
