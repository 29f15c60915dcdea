package io.github.etcdspring;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The troubleshooting page lists exactly the messages of the starter.
 */
class TroubleshootingTests {

	private static final List<Path> MODULES = List.of(Path.of("."), Path.of("../etcd-spring-boot-console"));

	private static final Path PAGE = Path.of("../docs/troubleshooting.md");

	/** Placeholder for the variable parts of a message. */
	private static final String VARIABLE = "…";

	private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\\n]|\\\\.)*)\"");

	/** Calls that compose a message for a log or for health. */
	private static final Pattern MESSAGE = Pattern
		.compile("(?:(?<!void )\\b(?:warn(?:Once)?)|\\b(?:log|logger)\\s*\\.error|\\b(?:warnings|problems)\\.add"
				+ "|new EtcdProblem)\\(");

	/** Files with calls that pass on a message composed elsewhere. */
	private static final Set<String> PASS_ON = Set.of("EtcdAutoServiceRegistration.java", "EtcdConnection.java",
			"EtcdServiceRegistry.java", "ProblemLog.java");

	private static Map<Path, String> sources;

	private static List<String> documented;

	@BeforeAll
	static void read() throws IOException {
		sources = new LinkedHashMap<>();
		for (Path module : MODULES) {
			try (Stream<Path> files = Files.walk(module.resolve("src/main/java"))) {
				for (Path file : files.filter((path) -> path.toString().endsWith(".java")).sorted().toList()) {
					sources.put(file, Files.readString(file).replaceAll("\"\\s*\\+\\s*\"", ""));
				}
			}
		}
		documented = Pattern.compile("(?m)^\\| `([^`]+)` \\|.*\\|.*\\|$")
			.matcher(Files.readString(PAGE))
			.results()
			.map((row) -> row.group(1))
			.toList();
	}

	@Test
	void listsOnlyMessagesThatExist() {
		List<String> literals = sources.values()
			.stream()
			.flatMap((source) -> LITERAL.matcher(source).results())
			.map((literal) -> unescape(literal.group(1)))
			.toList();
		assertThat(documented).hasSizeGreaterThan(100);
		assertThat(documented.stream().filter((message) -> !isComposedOf(literals, message))).isEmpty();
	}

	private static boolean isComposedOf(List<String> literals, String message) {
		List<String> parts = constantParts(message);
		return !parts.isEmpty()
				&& parts.stream().allMatch((part) -> literals.stream().anyMatch((literal) -> literal.contains(part)));
	}

	private static List<String> constantParts(String message) {
		return Arrays.stream(message.split(VARIABLE, -1)).filter((part) -> !part.isBlank()).toList();
	}

	@Test
	void listsEveryMessageThatIsLoggedOrShownInHealth() {
		List<String> unlisted = new ArrayList<>();
		int found = 0;
		for (Map.Entry<Path, String> source : sources.entrySet()) {
			for (MatchResult call : MESSAGE.matcher(source.getValue()).results().toList()) {
				String message = template(source.getValue(), call.end());
				if (message.chars().noneMatch(Character::isLetter)) {
					if (!PASS_ON.contains(source.getKey().getFileName().toString())) {
						unlisted.add(source.getKey() + ": a message without a constant part");
					}
				}
				else if (documented.stream().map(TroubleshootingTests::start).noneMatch(start(message)::startsWith)) {
					unlisted.add(source.getKey() + ": " + message);
				}
				found++;
			}
		}
		assertThat(unlisted).isEmpty();
		assertThat(found).isGreaterThan(50);
	}

	/** Starts with the first constant part. */
	private static String start(String message) {
		return message.replaceFirst("^[" + VARIABLE + ",\\s]+", "");
	}

	/** Returns the literals of a call, with placeholders for the parts between them. */
	private static String template(String source, int start) {
		StringBuilder template = new StringBuilder();
		Matcher literal = LITERAL.matcher(source);
		int depth = 1;
		int position = start;
		boolean variable = false;
		while (depth > 0) {
			char character = source.charAt(position++);
			if (character == '"' && literal.find(position - 1)) {
				template.append((variable) ? VARIABLE : "").append(unescape(literal.group(1)));
				variable = false;
				position = literal.end();
			}
			else if (character == '(') {
				depth++;
			}
			else if (character == ')') {
				depth--;
			}
			else {
				variable |= Character.isJavaIdentifierPart(character);
			}
		}
		return template.append((variable) ? VARIABLE : "").toString();
	}

	private static String unescape(String literal) {
		return literal.replaceAll("\\\\(.)", "$1");
	}

	@Test
	void explainsEveryFailureAnalysis() throws IOException {
		List<String> analyzers = new ArrayList<>();
		for (Path module : MODULES) {
			Properties factories = new Properties();
			try (Reader reader = Files
				.newBufferedReader(module.resolve("src/main/resources/META-INF/spring.factories"))) {
				factories.load(reader);
			}
			analyzers.addAll(List
				.of(factories.getProperty("org.springframework.boot.diagnostics.FailureAnalyzer").split(",", -1)));
		}
		String page = Files.readString(PAGE);
		assertThat(analyzers.stream()
			.map((analyzer) -> analyzer.substring(analyzer.lastIndexOf('.') + 1))
			.filter((analyzer) -> !page.contains("Reported by `" + analyzer + "`"))).isEmpty();
	}

}
