package io.github.etcdspring.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.config.ConfigWatchIntegrationTests.Followed;
import io.github.etcdspring.config.ConfigWatchIntegrationTests.Followers;
import io.github.etcdspring.config.ConfigWatchIntegrationTests.Pair;
import io.github.etcdspring.fixture.ConfiguredApplication;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.awaitility.Awaitility.await;

/**
 * What in etcd cannot be used ends a start, moves nothing in a running application, and
 * is named both times.
 */
@ExtendWith(OutputCaptureExtension.class)
class BadConfigurationIntegrationTests {

	private static final String SECRET = "s3cret";

	@SharedEtcd(emptiedAfterEach = true)
	private static EtcdServer etcd;

	@SharedEtcd
	private static TestConnection connection;

	@ParameterizedTest
	@CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = true, textBlock = """
			/config/orders/application.yaml       | a: [s3cret
			/config/orders/list.yaml              | - s3cret
			/config/orders/scalar.yml             | s3cret
			/config/orders/twice.yaml             | {a: s3cret, a: 1}
			/config/orders/application.json       | {"a": s3cret}
			/config/orders/list.json              | ["s3cret"]
			/config/orders/application.properties | a=\\us3cret
			/config/orders/a//b                   | s3cret
			/config/orders/with blank             | s3cret
			/config/orders/open[0                 | s3cret
			/config/orders/pair.first             | s3cret
			/config/orders/pair/FIRST             | s3cret
			/config/orders/password               | {cipher}s3cret
			/config/orders/later.yaml             | spring.config.activate.on-cloud-platform: s3cret
			""")
	void endsAStartAndMovesNothingLater(String key, String value, CapturedOutput output) {
		good(1);
		connection.put(key, value);
		assertThatException()
			.isThrownBy(() -> ConfiguredApplication.run(etcd, "etcd:", List.of(Followed.class)).close());
		assertThat(output)
			.contains("APPLICATION FAILED TO START", "etcd key " + shown(key) + " at revision ", "etcdctl get")
			.doesNotContain(SECRET);
		connection.delete(key);
		staysAndHeals(key, value, output);
	}

	@Test
	void endsAStartByAValueThatDoesNotConvert(CapturedOutput output) {
		connection.put("/config/orders/pair/first", SECRET);
		assertThatException()
			.isThrownBy(() -> ConfiguredApplication.run(etcd, "etcd:", List.of(Followed.class)).close());
		assertThat(output).contains("APPLICATION FAILED TO START", "pair.first",
				"etcdctl get '/config/orders/pair/first'");
		assertThat(output.getAll().substring(output.getAll().indexOf("APPLICATION FAILED"))).doesNotContain(SECRET);
	}

	@ParameterizedTest
	@ValueSource(classes = { TakesField.class, TakesMethod.class, TakesParameter.class, TakesIndirectly.class })
	void endsAStartByAValueThatIsNotWhatAnExpressionIsFor(Class<?> user, CapturedOutput output) {
		connection.put("/config/orders/limit", SECRET);
		assertThatException().isThrownBy(() -> ConfiguredApplication.run(etcd, "etcd:", List.of(user)).close());
		assertThat(output).contains("APPLICATION FAILED TO START", "${limit", "BadConfigurationIntegrationTests$Takes",
				"etcd key /config/orders/limit at revision ", "etcdctl get '/config/orders/limit'");
		assertThat(output.getAll().substring(output.getAll().indexOf("APPLICATION FAILED"))).doesNotContain(SECRET);
	}

	@Test
	void endsAStartByPlaceholdersInACircle(CapturedOutput output) {
		connection.put("/config/orders/a", "s3cret ${b}");
		connection.put("/config/orders/application.yaml", "b: s3cret ${a}");
		assertThatException().isThrownBy(() -> ConfiguredApplication.run(etcd, "optional:etcd:").close());
		assertThat(output)
			.contains("APPLICATION FAILED TO START", "has circular placeholders", "etcd key /config/orders/",
					"etcdctl get")
			.doesNotContain(SECRET);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			/config/orders/pair/first             | s3cret
			/config/orders/pair/second            | ${pair.first}${pair.second}
			""")
	void movesNothingThatCannotBeBound(String key, String value, CapturedOutput output) {
		good(1);
		staysAndHeals(key, value, output);
	}

	private static void staysAndHeals(String key, String value, CapturedOutput output) {
		try (ConfigurableApplicationContext context = ConfiguredApplication.run(etcd, "etcd:",
				List.of(Followed.class))) {
			int before = output.length();
			connection.transaction(Map.of(key, value, "/config/orders/other", "new"));
			within(5).until(() -> output.getAll().substring(before).contains("rejected"));
			assertThat(output.getAll().substring(before)).contains("etcd key " + shown(key) + " at revision ")
				.doesNotContain(SECRET);
			assertThat(context.getBean(Followers.class).live()).isEqualTo(new Pair(1, 1));
			assertThat(context.getEnvironment().containsProperty("other")).isFalse();
			connection.delete(key);
			good(2);
			within(5).until(() -> context.getBean(Followers.class).live().equals(new Pair(2, 2)));
			assertThat(context.getEnvironment().getProperty("other")).isEqualTo("new");
		}
	}

	private static String shown(String key) {
		return key.replace(" ", "\\x20");
	}

	private static void good(int number) {
		connection
			.transaction(Map.of("/config/orders/pair/first", "" + number, "/config/orders/pair/second", "" + number));
	}

	private static ConditionFactory within(int seconds) {
		return await().atMost(Duration.ofSeconds(seconds)).pollInterval(Duration.ofMillis(10));
	}

	static final class TakesField {

		@Value("${limit}")
		private int limit;

	}

	static final class TakesMethod {

		@Value("${limit:7}")
		void setLimit(int limit) {
			assertThat(limit).isPositive();
		}

	}

	static final class TakesParameter {

		TakesParameter(@Value("${limit}") int limit) {
			assertThat(limit).isPositive();
		}

	}

	@Import(TakesField.class)
	static final class TakesIndirectly {

		TakesIndirectly(TakesField field) {
			assertThat(field.limit).isPositive();
		}

	}

}
