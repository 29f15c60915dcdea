package io.github.etcdspring.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class DemoScriptTests {

	private static final List<String> BASICS = List.of("cat", "dirname", "sed");

	@TempDir
	private Path programs;

	@Test
	void helpNeedsNoTools() {
		assertThat(demo("--help")).startsWith("0: Usage: ./demo");
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "--unknown", "--check now", "--rolling", "--rolling 0", "--rolling ten", "--rolling --cluster",
					"--check --rolling 2", "--cluster --check now", "--grpc", "--grpc --gateway --check" })
	void unknownOptionsPrintTheUsage(String options) {
		assertThat(demo(options.split(" "))).startsWith("2: Usage: ./demo");
	}

	@ParameterizedTest
	@ValueSource(strings = { "--cluster", "--check", "--cluster --check", "--check --cluster", "--rolling 2 --cluster",
			"--gateway", "--gateway --cluster --check", "--grpc --check", "--rolling 2 --grpc" })
	void optionsCombine(String options) {
		assertThat(demo(options.split(" "))).startsWith("1: demo: Java not found");
	}

	@Test
	void reportsMissingJava() {
		assertThat(demo()).startsWith("1: demo: Java not found").hasLineCount(1);
	}

	@Test
	void reportsMissingJdk() {
		program("java", "");
		assertThat(demo()).startsWith("1: demo: JDK not found").hasLineCount(1);
	}

	@Test
	void reportsMissingMaven() {
		program("java", "");
		program("javac", "echo javac 17.0.15");
		assertThat(demo()).startsWith("1: demo: Maven not found").hasLineCount(1);
	}

	@Test
	void reportsOutdatedJdk() {
		program("java", "");
		program("javac", "echo javac 11.0.2 >&2");
		program("mvn", "");
		assertThat(demo()).startsWith("1: demo: JDK 17 or later required").contains("is version 11").hasLineCount(1);
	}

	private void program(String name, String script) {
		Path file = this.programs.resolve(name);
		try {
			Files.writeString(file, "#!/bin/sh\n" + script + "\n");
			assertThat(file.toFile().setExecutable(true)).isTrue();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Run the script with only these programs on the PATH.
	 * @return exit status and output
	 */
	private String demo(String... arguments) {
		for (String basic : BASICS) {
			program(basic, "PATH=/usr/bin:/bin exec " + basic + " \"$@\"");
		}
		List<String> line = new ArrayList<>(List.of("bash", Path.of("..", "demo").toString()));
		line.addAll(List.of(arguments));
		ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
		builder.environment().remove("JAVA_HOME");
		builder.environment().put("PATH", this.programs.toString());
		try {
			Process process = builder.start();
			String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
			return process.waitFor() + ": " + output;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

}
