package io.github.etcdspring.config.document;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedConfigurationException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link YamlText}.
 */
class YamlTextTests {

	private static final String KEY = "/config/orders/application.yaml";

	private static final List<String> VALUES = List.of("1", "2", "true", "~", "", "text", "other text", "'quoted'",
			"\"a\\nb\"", "\"open", "'open", "[1, 2]", "[a, b]", "[]", "{}", "{x: 1}", "{x: 2}", "{x: {y: [1]}}", "[1",
			"{x: 1", "# comment", "text # comment", "|", ">-", "|+", "|2", "&anchor 1", "*anchor", "!!str 5", "!tag x",
			"a: b", "- a", "---", "...", "2020-01-01", "0x1f", "1e3", "grüße 😀", "{cipher}secret", "{cipher}other",
			"'{cipher}quoted'", "http://host:80/#a?b=&c", "text\n    that continues", "'quoted\n\n  on'", "\t", "%x",
			"\u2028", "\uFEFF", "\u0007", "<<", "? x", "${other}", "@", "`", "a\\", "\r");

	private static final List<String> KEYS = List.of("a", "b", "c-d", "camelCase", "e.f", "404", "'1'", "\"[x/y]\"",
			"[0]", "true", "~", "grüße", "😀", "on", "1.5", "''", "-x", "?x", "spring.config.import");

	private static final List<String> CHARACTERS = List.of(" ", "\n", "\t", "\r", "\r\n", ":", "-", "?", "#", "'", "\"",
			"[", "]", "{", "}", ",", "&", "*", "!", "|", ">", "%", "@", "\\", "a", "1", ".", "~", "<<: ", "---\n",
			"...\n", "\n---\n", "\n\n", "  ", "é", "😀", "\u0085", "\u2028", "\uFEFF", ": ", "- ", "# ", " #", "''");

	private final PropertyReader reader = reader();

	private long revision;

	private int updates;

	private int wholes;

	private static PropertyReader reader() {
		return new PropertyReader(new Activation(Set.of("prod")::contains, null), (text) -> "plain " + text,
				(remark) -> {
				});
	}

	@Test
	void parsesOnlyTheLinesOfAChangedKey() throws RejectedConfigurationException {
		StringBuilder text = new StringBuilder("app:\n");
		for (int i = 0; i < 20_000; i++) {
			text.append((i % 100 == 0) ? "  group" + i / 100 + ":\n" : "")
				.append("    key-")
				.append(i)
				.append(": value ")
				.append(i)
				.append('\n');
		}
		Document document = read(text.toString(), null);
		for (String changed : List.of("value 0\n", "value 99\n", "value 12345\n", "value 19999\n")) {
			String next = text.toString().replace(changed, "other " + changed);
			YamlText.Update update = update(document, next);
			assertThat(update).isNotNull();
			assertThat(update.parsed()).isLessThan(100);
			Document following = read(next, document);
			assertThat(following.changesSince(document)).singleElement()
				.satisfies(
						(change) -> assertThat(change.next().property().value()).isEqualTo("other " + changed.strip()));
			assertThat(following.yaml()).isNotNull();
		}
	}

	@Test
	void parsesOnlyTheLinesOfSeveralChangedKeys() throws RejectedConfigurationException {
		StringBuilder text = new StringBuilder();
		for (int i = 0; i < 1000; i++) {
			text.append("key-").append(i).append(": value ").append(i).append(" that is not short\n");
		}
		Document document = read(text.toString(), null);
		String next = text.toString()
			.replace("value 1 ", "x ")
			.replace("value 500 ", "longer value ")
			.replace("value 999 ", "y ");
		YamlText.Update update = update(document, next);
		assertThat(update).isNotNull();
		assertThat(update.parsed()).isLessThan(300);
		assertThat(check(document, next).changesSince(document)).hasSize(3);
		assertThat(update(document, text.toString().replace("value", "other"))).as("most of the text").isNull();
	}

	@ParameterizedTest
	@CsvSource(delimiterString = "=>", quoteCharacter = '`', textBlock = """
			a: 1\\nb: 2\\n => a: 1\\nb: 3\\n
			a: 1\\nb: 2\\n => a: 3\\nb: 2\\n
			a: 1\\nb: 2 => a: 1\\nb: 3
			a:\\n  b: 1\\n  c: 2\\nd: 3\\n => a:\\n  b: 1\\n  c: 3\\nd: 3\\n
			a:\\n- 1\\n- 2\\nb: 3\\n => a:\\n- 1\\n- 4\\nb: 3\\n
			a: [1, 2]\\nb: 3\\n => a: [1, 5]\\nb: 3\\n
			a: |\\n  x\\n  y\\nb: 3\\n => a: |\\n  x\\n  z\\nb: 3\\n
			---\\n# c\\na: 1\\nb: 2\\n => ---\\n# c\\na: 1\\nb: 3\\n
			a: 1\\n# c\\nb: 2\\n => a: 1\\n# d\\nb: 2\\n
			a: 'x'\\r\\nb: 2\\r\\n => a: "y"\\r\\nb: 2\\r\\n
			a: 😀\\nb: 1\\n => a: 😀\\nb: 2\\n
			""")
	void parsesIncrementally(String former, String next) throws RejectedConfigurationException {
		Document document = read(unescape(former), null);
		assertThat(update(document, unescape(next))).isNotNull();
		check(document, unescape(next));
	}

	@ParameterizedTest
	@CsvSource(delimiterString = "=>", quoteCharacter = '`', textBlock = """
			a: 1\\nb: 2\\n => a: 1\\nc: 2\\n
			a: 1\\nb: 2\\n => a: 1\\nb: 2\\nc: 3\\n
			a: 1\\nb: 2\\n => a: 1\\n b: 2\\n
			a: 1\\nb: 2\\n => a: 1\\nb: 'x\\n
			a: [1]\\nb: 2\\n => a: [1\\nb: 2\\n
			a: &x 1\\nb: *x\\n => a: &x 2\\nb: *x\\n
			a: 1\\nb: 2\\n => a: 1\\nb: &x 2\\n
			a: 1\\n---\\nb: 2\\n => a: 1\\n---\\nb: 3\\n
			a: 1\\nb: |\\n  x\\nc: 3\\n => a: 1\\nb: |\\n---\\nc: 3\\n
			a: {}\\nb: {}\\nc: 1\\n => a: {}\\na: {}\\nc: 1\\n
			%YAML 1.1\\n---\\na: 1\\n => %YAML 1.1\\n---\\na: 2\\n
			? a\\n: 1\\nb: 2\\n => ? a\\n: 1\\nb: 3\\n
			a: {b: 1}\\n => a: [1]\\n
			a: 1\\nb: 2\\n => a: 1 # x\\n\\nb: 2\\n
			""")
	void parsesTheWholeDocumentIfInDoubt(String former, String next) throws RejectedConfigurationException {
		Document document = read(unescape(former), null);
		assertThat(update(document, unescape(next))).isNull();
		check(document, unescape(next));
	}

	@Test
	void matchesAFullParseAfterEachChangeOfACharacter() throws RejectedConfigurationException {
		for (String text : List.of("a: 1\nb:\n  c: x\n  d: |\n    y\n\n  e: [1, 2]\nf: 'z'\n",
				"# c\r\nb:\r\n- 1\r\n- x: {y: 2}\r\nc: \"q\" # d\r\n\r\nd:\r\n  404: a",
				"---\n\"k\": a\n  b\nl:\n\nm: >\n z\n\n",
				"  a: 😀\n  b: {c: 1,\n d: 2}\n  e:\n    f:\n      g: 1\n  h: 2\n")) {
			Document document = read(text, null);
			assertThat(document.yaml()).isNotNull();
			for (int i = 0; i <= text.length(); i++) {
				for (String character : CHARACTERS) {
					check(document, text.substring(0, i) + character + text.substring(i));
					check(document, text.substring(0, i) + character + text.substring(Math.min(text.length(), i + 1)));
				}
				for (int end = i + 1; end <= Math.min(text.length(), i + 4); end++) {
					check(document, text.substring(0, i) + text.substring(end));
				}
			}
		}
		assertThat(this.updates).isGreaterThan(this.wholes / 20);
	}

	@Test
	void matchesAFullParseAfterRandomChanges() {
		long seed = Long.getLong("seed", new Random().nextLong());
		Random random = new Random(seed);
		String text = "";
		try {
			for (int i = 0; i < 200; i++) {
				Document document = null;
				for (int tries = 0; document == null && tries < 20; tries++) {
					text = document(random);
					document = readOrNull(text);
				}
				for (int edit = 0; document != null && edit < 40; edit++) {
					String next = edit(text, random);
					Document following = check(document, next);
					if (following != null) {
						document = following;
						text = next;
					}
				}
			}
			assertThat(this.updates).as("parsed in part, of %d", this.updates + this.wholes)
				.isGreaterThan(this.wholes / 5);
		}
		catch (AssertionError | Exception ex) {
			throw new AssertionError("Failed with -Dseed=" + seed, ex);
		}
	}

	/** Returns the document with the next text, {@code null} if that is rejected. */
	private @Nullable Document check(Document former, String next) throws RejectedConfigurationException {
		this.revision++;
		boolean partly = update(former, next) != null;
		this.updates += (partly) ? 1 : 0;
		this.wholes += (partly) ? 0 : 1;
		Document whole = null;
		String problem = "";
		try {
			whole = read(next, null);
		}
		catch (RejectedConfigurationException ex) {
			problem = String.valueOf(ex.getMessage());
		}
		Document incremental;
		try {
			incremental = read(next, former);
		}
		catch (RejectedConfigurationException ex) {
			assertThat(partly).as(next).isFalse();
			assertThat(String.valueOf(ex.getMessage())).as(next).isEqualTo(problem);
			return null;
		}
		assertThat(whole).as(next).isNotNull();
		assertThat(texts(incremental)).as(next).isEqualTo(texts(whole));
		assertThat(incremental.yaml()).as(next).usingRecursiveComparison().isEqualTo(whole.yaml());
		return incremental;
	}

	private static List<String> texts(Document document) {
		List<String> texts = new ArrayList<>();
		for (List<NamedProperty> part : document.parts()) {
			texts.add("part");
			for (NamedProperty property : part) {
				Object value = property.property().value();
				texts.add(property.name() + "=" + value.getClass().getSimpleName() + " "
						+ ((value instanceof byte[] bytes) ? List.of(bytes.length) : value) + " at "
						+ property.location() + " " + property.indexes() + " " + property.identity());
			}
		}
		return texts;
	}

	private static YamlText.@Nullable Update update(Document former, String next) {
		return (former.yaml() != null) ? former.yaml().update(next, former.parts().get(0), new KeyOrigin(KEY, 2))
				: null;
	}

	private @Nullable Document readOrNull(String text) {
		try {
			return read(text, null);
		}
		catch (RejectedConfigurationException ex) {
			return null;
		}
	}

	private Document read(String text, @Nullable Document former) throws RejectedConfigurationException {
		return this.reader.read(DocumentFormat.YAML, "application.yaml",
				ByteSequence.from(text, StandardCharsets.UTF_8), new KeyOrigin(KEY, this.revision), former);
	}

	private static String document(Random random) {
		StringBuilder text = new StringBuilder();
		switch (random.nextInt(12)) {
			case 0 -> text.append("---\n");
			case 1 -> text.append("# comment\n\n");
			case 2 -> text.append("%YAML 1.1\n---\n");
			case 3 -> text.append("\n");
		}
		addMapping(text, (random.nextInt(8) == 0) ? 2 : 0, 0, random);
		if (random.nextInt(12) == 0) {
			text.append("---\nother: 1\n");
		}
		if (random.nextInt(6) == 0) {
			text.setLength(text.length() - 1);
		}
		return (random.nextInt(5) == 0) ? text.toString().replace("\n", "\r\n") : text.toString();
	}

	private static void addMapping(StringBuilder text, int indent, int depth, Random random) {
		int start = random.nextInt(KEYS.size());
		for (int i = 1 + random.nextInt(5); i > 0; i--) {
			String key = (random.nextInt(3) > 0) ? "key" + i : KEYS.get((start + i) % KEYS.size());
			text.append(" ".repeat(indent)).append(key).append(':');
			int kind = random.nextInt(10);
			if (kind < 4 && depth < 4) {
				text.append((random.nextInt(6) == 0) ? "  # nested\n" : "\n");
				addMapping(text, indent + 1 + random.nextInt(3), depth + 1, random);
			}
			else if (kind == 4) {
				text.append('\n');
				int inner = indent + random.nextInt(2) * 2;
				for (int j = random.nextInt(3); j >= 0; j--) {
					text.append(" ".repeat(inner))
						.append("- ")
						.append((random.nextBoolean()) ? "x: 1\n" + " ".repeat(inner + 2) + "y: 2" : "item " + j)
						.append('\n');
				}
			}
			else if (kind == 5) {
				text.append((random.nextBoolean()) ? " |\n" : " >-\n")
					.append(" ".repeat(indent + 2))
					.append("line\n\n")
					.append(" ".repeat(indent + 2))
					.append("- x: y\n");
			}
			else {
				text.append(' ').append((random.nextInt(3) > 0) ? "v" + random.nextInt(9) : value(random)).append('\n');
			}
			if (random.nextInt(8) == 0) {
				text.append((random.nextBoolean()) ? "\n" : " ".repeat(random.nextInt(4)) + "# comment\n");
			}
		}
	}

	private static String value(Random random) {
		return VALUES.get(random.nextInt(VALUES.size()));
	}

	private static String edit(String text, Random random) {
		List<String> lines = new ArrayList<>(List.of(text.split("(?<=\n)", -1)));
		int at = random.nextInt(lines.size());
		String line = lines.get(at);
		int place = random.nextInt(text.length() + 1);
		switch (random.nextInt(14)) {
			case 0 -> {
				return text.substring(0, place) + CHARACTERS.get(random.nextInt(CHARACTERS.size()))
						+ text.substring(place);
			}
			case 1 -> {
				return text.substring(0, place)
						+ text.substring(Math.min(text.length(), place + 1 + random.nextInt(3)));
			}
			case 2 -> lines.set(at, " ".repeat(random.nextInt(6)) + line.stripLeading());
			case 3 -> lines.remove(at);
			case 4 -> lines.add(at, lines.get(random.nextInt(lines.size())));
			case 5 -> lines.set(at, "#" + line);
			case 6 -> lines.set(at, line.replaceFirst("\\w+:", KEYS.get(random.nextInt(KEYS.size())) + ":"));
			case 7 -> {
				return edit(edit(text, random), random);
			}
			default -> {
				int colon = line.indexOf(": ");
				if (colon >= 0) {
					String end = (line.endsWith("\r\n")) ? "\r\n" : "\n";
					lines.set(at, line.substring(0, colon + 2)
							+ ((random.nextInt(3) > 0) ? "w" + random.nextInt(1000) : value(random)) + end);
				}
				else if (!line.isBlank()) {
					lines.set(at, line.replaceFirst("\\w", Integer.toString(random.nextInt(10))));
				}
			}
		}
		return String.join("", lines);
	}

	private static String unescape(String text) {
		return text.replace("\\n", "\n").replace("\\r", "\r");
	}

}
