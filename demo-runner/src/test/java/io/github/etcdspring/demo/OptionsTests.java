package io.github.etcdspring.demo;

import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class OptionsTests {

	@Test
	void isInteractiveByDefault() {
		assertThat(Options.parse("--application", "/app.jar"))
			.isEqualTo(new Options(Path.of("/app.jar"), null, Options.Mode.INTERACTIVE, false, false, 0, false));
	}

	@Test
	void readsTheKeyboardOfATerminal() {
		assertThat(Options.parse("--application", "/app.jar", "--keyboard").keyboard()).isTrue();
	}

	@Test
	void runsChecks() {
		assertThat(Options.parse("--application", "/app.jar", "--check").mode()).isEqualTo(Options.Mode.CHECK);
	}

	@Test
	void runsEtcdAsClusterInEveryMode() {
		assertThat(Options.parse("--application", "/app.jar", "--cluster", "--check"))
			.isEqualTo(new Options(Path.of("/app.jar"), null, Options.Mode.CHECK, true, false, 0, false));
		assertThat(Options.parse("--application", "/app.jar", "--rolling", "2", "--cluster"))
			.isEqualTo(new Options(Path.of("/app.jar"), null, Options.Mode.ROLLING, true, false, 2, false));
	}

	@Test
	void startsGatewayInEveryMode() {
		assertThat(Options.parse("--application", "/app.jar", "--gateway", "/gateway.jar", "--check", "--cluster"))
			.isEqualTo(new Options(Path.of("/app.jar"), Path.of("/gateway.jar"), Options.Mode.CHECK, true, false, 0,
					false));
	}

	@Test
	void callsByGrpc() {
		assertThat(Options.parse("--application", "/app.jar", "--grpc", "--check"))
			.isEqualTo(new Options(Path.of("/app.jar"), null, Options.Mode.CHECK, false, true, 0, false));
	}

	@Test
	void restartsAsOftenAsRequested() {
		assertThat(Options.parse("--application", "/app.jar", "--rolling", "20"))
			.isEqualTo(new Options(Path.of("/app.jar"), null, Options.Mode.ROLLING, false, false, 20, false));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "--application", "--application a --rolling", "--application a --rolling 0",
			"--application a --rolling ten", "--application a --faster", "--application a --gateway" })
	void reportsInvalidOptions(String line) {
		assertThatIllegalArgumentException().isThrownBy(() -> Options.parse(line.split(" ")))
			.withMessageMatching(
					".* requires a value|.* must be followed by a number greater than 0.*|Unknown option: .*");
	}

}
