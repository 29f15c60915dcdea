package io.github.etcdspring.config.document;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

import io.etcd.jetcd.ByteSequence;
import io.github.etcdspring.refresh.Configuration;
import io.github.etcdspring.refresh.Configuration.Values;
import io.github.etcdspring.refresh.RejectedConfigurationException;
import org.apache.commons.logging.Log;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.io.ByteArrayResource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.entry;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.then;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;

/**
 * Tests for {@link ConfigParser}.
 */
class ConfigParserTests {

	private static final String orders = "/config/orders/";

	private static final String all = "/config/";

	private static final String SECRET = "s3cret";

	private final Log log = mock(Log.class);

	private final ConfigParser parser = parser(orders);

	@Test
	void convertsSingleKeysToProperties() throws Exception {
		assertThat(values(Entries.of("/config/orders/spring/datasource/url", "jdbc:x")
			.put("/config/orders/spring.application.name", "orders")
			.put("/config/orders/empty", "")
			.put("/config/orders/list[0]", "grüße 😀\n")
			.put("/config/orders/a/b/0", "zero"))).containsOnly(entry("spring.datasource.url", "jdbc:x"),
					entry("spring.application.name", "orders"), entry("empty", ""), entry("list[0]", "grüße 😀"),
					entry("a.b.0", "zero"));
	}

	@Test
	void recordsTheOriginOfAProperty() throws Exception {
		Configuration configuration = this.parser.parse(
				Entries.of("/config/orders/a", "1").put("/config/orders/b.yaml", "x:\n  y: 1").snapshot(),
				Configuration.NONE);
		assertThat(configuration.revision()).isEqualTo(2);
		Values properties = configuration.of(ConfigParser.sourceName(orders));
		assertThat(properties.get("a").origin()).hasToString("etcd key /config/orders/a at revision 1");
		assertThat(properties.get("x.y").origin()).hasToString("etcd key /config/orders/b.yaml at revision 2 - 2:6");
	}

	@Test
	void contextContainsOnlyTheKeysUnderItsPrefix() throws Exception {
		Entries entries = Entries.of("/config/orders/a", "1")
			.put("/config/orders-b/a", "2")
			.put("/config/orders,prod/a", "3")
			.put("/config/orders", "4");
		Configuration configuration = parser(all, orders).parse(entries.snapshot(), Configuration.NONE);
		assertThat(values(configuration, orders)).containsOnly(entry("a", "1"));
		assertThat(values(configuration, all)).containsOnlyKeys("orders.a", "orders-b.a", "orders,prod.a", "orders")
			.containsEntry("orders.a", "1");
	}

	@Test
	void ignoresADirectoryMarker() throws Exception {
		assertThat(values(Entries.of("/config/orders/", "").put("/config/orders/a", "1")))
			.containsOnly(entry("a", "1"));
	}

	@Test
	void containsAllContextsEvenWithoutKeys() throws Exception {
		Configuration configuration = parser(all, orders).parse(new Entries().snapshot(), Configuration.NONE);
		assertThat(configuration.values()).containsOnlyKeys(ConfigParser.sourceName(all),
				ConfigParser.sourceName(orders));
		assertThat(configuration.of(ConfigParser.sourceName(all)).names()).isEmpty();
	}

	@Test
	void detectsTheFormatByTheExtensionOfTheKey() throws Exception {
		assertThat(values(Entries.of("/config/orders/a.yaml", "a: 1")
			.put("/config/orders/b.yml", "b: 2")
			.put("/config/orders/deep/c.properties", "c=3")
			.put("/config/orders/d.json", "{\"d\": 4}")
			.put("/config/orders/e.yaml/f", "5")))
			.containsOnly(entry("a", 1), entry("b", 2), entry("c", "3"), entry("d", 4), entry("e.yaml.f", "5"));
	}

	@Test
	void singleKeysWinOverDocumentsAndLaterDocumentsOverEarlierOnes() throws Exception {
		assertThat(values(Entries.of("/config/orders/z.json", "{\"c\": \"z\", \"d\": \"z\"}")
			.put("/config/orders/d", "key")
			.put("/config/orders/b.yaml", "a: 1\nb: 1\nc: 1\n---\nb: 2")))
			.containsOnly(entry("a", 1), entry("b", 2), entry("c", "z"), entry("d", "key"));
	}

	@Test
	void precedenceDoesNotDependOnTheSpelling() throws Exception {
		assertThat(values(Entries.of("/config/orders/a.yaml", "my-key: 1\nother: {sub-key: 1}")
			.put("/config/orders/b.yaml", "myKey: 2")
			.put("/config/orders/other/SUB_KEY", "3"))).containsOnly(entry("myKey", 2), entry("other.SUB_KEY", "3"));
	}

	@Test
	void replacesListsAsAWhole() throws Exception {
		assertThat(values(
				Entries.of("/config/orders/a.yaml", "list: [1, 2, 3]\nnames: [{a: 1, b: 2}]\ntext: x,y\nmap: {a: 1}")
					.put("/config/orders/b.yaml", "list: [4]\ntext: [z]\nmap: {b: 2}")
					.put("/config/orders/names[0].a", "5")))
			.containsOnly(entry("list[0]", 4), entry("names[0].a", "5"), entry("text[0]", "z"), entry("map.a", 1),
					entry("map.b", 2));
		assertThat(
				values(Entries.of("/config/orders/a.yaml", "list: [1, 2, 3]").put("/config/orders/b.yaml", "list: []")))
			.containsOnly(entry("list", ""));
	}

	@Test
	void mergesMapsWithNumericKeys() throws Exception {
		assertThat(values(Entries.of("/config/orders/a.yaml", "errors: {404: gone, 500: oops}")
			.put("/config/orders/errors[404]", "missing")))
			.containsOnly(entry("errors[404]", "missing"), entry("errors[500]", "oops"));
		assertThat(values(Entries.of("/config/orders/a.yaml", "errors: {0: gone}\n---\nerrors: {1: oops}")))
			.containsOnly(entry("errors[0]", "gone"), entry("errors[1]", "oops"));
		assertThat(values(Entries.of("/config/orders/a.properties", "errors[404]=gone\nerrors[500]=oops")
			.put("/config/orders/b.json", "{\"errors\": {\"[404]\": \"missing\"}}")))
			.containsOnly(entry("errors[404]", "missing"), entry("errors[500]", "oops"));
	}

	/** Compares with Spring Boot, which binds the same documents as separate sources. */
	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "v: {404: a, 500: b}|v: {404: c}|m", "v: {0: a, 1: b}|v: {0: c}|m", "v: {0: a}|v: {1: c}|m",
					"v: [a, b]|v: [c]|l", "v: x,y|v: [c]|l", "v: [a, b]|v: x|l", "v: [a, b]|v: []|l",
					"v: {7: a}|v: [c]|l", "v: x|v: {7: c}|m", "v: {7: a}|v: {x: c}|m", "v: {x: a}|v: {x: c, 1: d}|m",
					"v: {7: a}|v:|m", "v: [a, b, c]|v: [d, e]|l" })
	void bindsDocumentsAsSpringBootBindsFiles(String lower, String upper, String target) throws Exception {
		Map<String, Object> flat = values(
				Entries.of("/config/orders/a.yaml", lower).put("/config/orders/b.yaml", upper));
		List<ConfigurationPropertySource> files = new ArrayList<>();
		for (String text : List.of(upper, lower)) {
			new YamlPropertySourceLoader().load("file", new ByteArrayResource(bytes(text)))
				.forEach((file) -> files.add(ConfigurationPropertySource.from(file)));
		}
		Bindable<?> bindable = ("m".equals(target)) ? Bindable.mapOf(String.class, String.class)
				: Bindable.listOf(String.class);
		assertThat(new Binder(new MapConfigurationPropertySource(flat)).bind("v", bindable).orElse(null))
			.isEqualTo(new Binder(files).bind("v", bindable).orElse(null));
	}

	@ParameterizedTest
	@ValueSource(strings = { "true\n", "true\r\n", "\uFEFFtrue", "\uFEFFtrue\n" })
	void removesALineBreakAndAByteOrderMarkFromASingleValue(String value) throws Exception {
		assertThat(values(Entries.of("/config/orders/a", value))).containsOnly(entry("a", "true"));
	}

	@Test
	void removesOneLineBreakOnly() throws Exception {
		assertThat(values(Entries.of("/config/orders/a", "x\n\n")
			.put("/config/orders/b", "\n")
			.put("/config/orders/c", "x \r")
			.put("/config/orders/d", "\nx")))
			.containsOnly(entry("a", "x\n"), entry("b", ""), entry("c", "x \r"), entry("d", "\nx"));
	}

	@Test
	void ignoresDirectoryMarkersAndLogsThemOnce() throws Exception {
		Entries entries = Entries.of("/config/orders/logging/level/com", "etcdv3_dir_$2H#%gRe3*t")
			.put("/config/orders/mail/", "")
			.put("/config/orders/old.yaml", "etcdv3_dir_$2H#%gRe3*t\n")
			.put("/config/orders/docs.yaml/", "")
			.put("/config/orders/a", "1");
		Configuration first = this.parser.parse(entries.snapshot(), Configuration.NONE);
		this.parser.parse(entries.put("/config/orders/mail/", "").snapshot(), first);
		assertThat(values(first, orders)).containsOnly(entry("a", "1"));
		then(this.log).should()
			.warn("etcd key /config/orders/mail/ at revision 2: is a directory marker, not a property,"
					+ " and is ignored");
		then(this.log).should(times(4)).warn(any());
	}

	@ParameterizedTest
	@CsvSource({ "com.acme.json, DEBUG", "com.acme.yaml, DEBUG", "com.acme.yml, 5", "com.acme.properties, DEBUG" })
	void suggestsANameForAPropertyThatLooksLikeADocument(String name, String value) {
		assertThat(reject(Entries.of("/config/orders/logging/level/" + name, value)))
			.endsWith("write its name with slashes: logging/level/" + name.replace('.', '/'))
			.contains("/config/orders/logging/level/" + name);
	}

	@ParameterizedTest
	@ValueSource(strings = { "a.yaml:a: 1\n---\nspring.profiles: prod\nb: 2", "a.yaml:spring.profiles: [test, prod]",
			"a.properties:a=1\n#---\nspring.profiles=prod", "a.json:{\"spring\": {\"profiles\": \"prod\"}}" })
	void rejectsTheUnsupportedProfilesCondition(String document) {
		int colon = document.indexOf(':');
		assertThat(reject(Entries.of("/config/orders/" + document.substring(0, colon), document.substring(colon + 1))))
			.contains("spring.profiles is not supported")
			.endsWith("spring.config.activate.on-profile");
	}

	@Test
	void ignoresPartsForOtherProfiles() throws Exception {
		assertThat(values(Entries.of("/config/orders/a.yaml",
				"a: 1\n---\nspring.config.activate.on-profile: prod\nb: 2\n---\nspring.config.activate.on-profile: test\na: '{cipher}bad'")
			.put("/config/orders/b.properties", "c=1\n#---\nspring.config.activate.on-profile=test\nc=2")
			.put("/config/orders/c.json",
					"{\"spring\": {\"config\": {\"activate\": {\"on-profile\": \"test\"}}}, \"c\": 3}")))
			.containsOnly(entry("a", 1), entry("b", 2), entry("c", "1"));
	}

	@Test
	void rejectsConditionsOutsideOfDocuments() {
		assertThat(reject(Entries.of("/config/orders/spring/config/activate/on-profile", "prod")))
			.contains("supported only in a document");
	}

	@Test
	void ignoresStartupPropertiesAndLogsThemOnce() throws Exception {
		Entries entries = Entries.of("/config/orders/spring/profiles/active", SECRET)
			.put("/config/orders/application.yaml", "spring:\n  config.import: " + SECRET + "\n  application.name: x");
		Configuration first = this.parser.parse(entries.snapshot(), Configuration.NONE);
		this.parser.parse(entries.put("/config/orders/other", "1").snapshot(), first);
		assertThat(values(first, orders)).containsOnly(entry("spring.application.name", "x"));
		then(this.log).should()
			.warn("etcd key /config/orders/spring/profiles/active at revision 1: spring.profiles.active"
					+ " has no effect in etcd and is ignored; set it outside of etcd");
		then(this.log).should()
			.warn("etcd key /config/orders/application.yaml at revision 2 - 2:18: spring.config.import"
					+ " has no effect in etcd and is ignored; set it outside of etcd");
		then(this.log).should(times(2)).warn(any());
	}

	@ParameterizedTest
	@CsvSource({ "my-key, myKey", "a/b, a.b", "list[0], list/0", "A, a", "map[key], map.key" })
	void rejectsTwoKeysForOneProperty(String one, String other) {
		String message = reject(Entries.of("/config/orders/" + one, "1").put("/config/orders/" + other, "2"));
		assertThat(message).contains("/config/orders/" + one, "/config/orders/" + other).startsWith("etcd key ");
	}

	@Test
	void distinguishesSimilarNames() throws Exception {
		assertThat(values(Entries.of("/config/orders/ключ", "1")
			.put("/config/orders/имя", "2")
			.put("/config/orders/map[Key]", "3")
			.put("/config/orders/map[key]", "4"))).hasSize(4);
	}

	@ParameterizedTest
	@ValueSource(strings = { "a", "a.yaml", "a.properties", "a.json" })
	void rejectsValuesThatAreNotUtf8(String key) {
		Entries entries = new Entries().put(bytes("/config/orders/" + key), new byte[] { 'a', ':', (byte) 0xff });
		assertThat(reject(entries))
			.isEqualTo("etcd key /config/orders/" + key + " at revision 1: the value is not UTF-8");
	}

	@Test
	void rejectsKeysThatAreNotUtf8() {
		byte[] key = bytes("/config/orders/aX\n");
		key[16] = (byte) 0xff;
		assertThat(reject(new Entries().put(key, bytes("1"))))
			.startsWith("etcd key /config/orders/a\\xff\\x0a at revision 1: the key is not UTF-8");
	}

	@Test
	void toleratesByteOrderMarks() throws Exception {
		assertThat(values(Entries.of("/config/orders/a.yaml", "\uFEFFa: 1")
			.put("/config/orders/b.properties", "\uFEFFb=2")
			.put("/config/orders/c.json", "\uFEFF{\"c\": 3}")))
			.containsOnly(entry("a", 1), entry("b", "2"), entry("c", 3));
	}

	@Test
	void decryptsValues() throws Exception {
		assertThat(values(Entries.of("/config/orders/a", "{cipher}1")
			.put("/config/orders/b.yaml", "b: '{cipher}2'\nc: [plain, '{cipher}3']")
			.put("/config/orders/c.properties", "d={cipher}4")
			.put("/config/orders/d.json", "{\"e\": \"{cipher}5\"}"))).containsOnly(entry("a", "plain 1"),
					entry("b", "plain 2"), entry("c[0]", "plain"), entry("c[1]", "plain 3"), entry("d", "plain 4"),
					entry("e", "plain 5"));
	}

	@Test
	void rejectsValuesThatCannotBeDecrypted() {
		assertThatExceptionOfType(RejectedConfigurationException.class)
			.isThrownBy(() -> this.parser.parse(
					Entries.of("/config/orders/b.yaml", "a:\n  password: '{cipher}bad " + SECRET + "'").snapshot(),
					Configuration.NONE))
			.withMessageStartingWith("etcd key /config/orders/b.yaml at revision 1")
			.withMessageContaining("a.password cannot be decrypted")
			.withMessageNotContaining(SECRET)
			.withNoCause();
	}

	@Test
	void reportsTheFirstProblemInKeyOrder() {
		Entries entries = Entries.of("/config/orders/c//", "").put("/config/orders/a.yaml", "- x");
		for (int i = 0; i < 100; i++) {
			entries.put("/config/orders/b" + i + ".yaml", "- x");
		}
		assertThat(reject(entries)).startsWith("etcd key /config/orders/a.yaml ");
	}

	@Test
	void reusesUnchangedProperties() throws Exception {
		ConfigParser both = parser("/config/application/", orders);
		String application = "/config/application/";
		Entries entries = Entries.of("/config/application/a", "1").put("/config/orders/b", "1");
		Configuration first = both.parse(entries.snapshot(), Configuration.NONE);
		Configuration second = both.parse(entries.put("/config/orders/b", "2").snapshot(), first);
		assertThat(second.of(ConfigParser.sourceName(application)))
			.isSameAs(first.of(ConfigParser.sourceName(application)));
		assertThat(second.of(ConfigParser.sourceName(orders))).isNotSameAs(first.of(ConfigParser.sourceName(orders)));
		assertThat(second.of(ConfigParser.sourceName(orders)).names())
			.isSameAs(first.of(ConfigParser.sourceName(orders)).names());
		assertThat(values(second, orders)).containsOnly(entry("b", "2"));
		Configuration third = both.parse(entries.delete("/config/orders/b").snapshot(), second);
		assertThat(third.of(ConfigParser.sourceName(orders)).names()).isEmpty();
		assertThat(third.of(ConfigParser.sourceName(application)))
			.isSameAs(first.of(ConfigParser.sourceName(application)));
		assertThat(third.revision()).isEqualTo(4);
	}

	@Test
	void reusesPropertiesOfAnotherParser() throws Exception {
		Entries entries = Entries.of("/config/orders/b", "1").put("/config/orders/c.yaml", "c: [1, 2.5, x]");
		Configuration former = parser(orders).parse(entries.snapshot(), Configuration.NONE);
		assertThat(this.parser.parse(entries.snapshot(), former).of(ConfigParser.sourceName(orders)))
			.isSameAs(former.of(ConfigParser.sourceName(orders)));
	}

	@Test
	void revertsToThePreviousConfigurationAfterARejectedOne() throws Exception {
		Entries entries = Entries.of("/config/orders/b", "1");
		Configuration first = this.parser.parse(entries.snapshot(), Configuration.NONE);
		this.parser.parse(Entries.of("/config/orders/b", "2").put("/config/orders/c", "2").snapshot(), first);
		assertThat(this.parser.parse(entries.snapshot(), first).of(ConfigParser.sourceName(orders)))
			.isSameAs(first.of(ConfigParser.sourceName(orders)));
		assertThat(reject(Entries.of("/config/orders/b.yaml", "-"))).isNotEmpty();
		assertThat(this.parser.parse(entries.snapshot(), first).of(ConfigParser.sourceName(orders)))
			.isSameAs(first.of(ConfigParser.sourceName(orders)));
	}

	@Test
	void detectsAnotherValueOfTheSameRevision() throws Exception {
		Entries entries = new Entries().put(bytes("/config/orders/a.yaml"), bytes("a: 1"), 5);
		Configuration first = this.parser.parse(entries.snapshot(), Configuration.NONE);
		entries.put(bytes("/config/orders/a.yaml"), bytes("a: 2"), 5);
		Configuration restored = this.parser.parse(entries.snapshot(), first);
		assertThat(values(restored, orders)).containsOnly(entry("a", 2));
	}

	@Test
	void readsOnlyChangedKeys() throws Exception {
		Entries entries = Entries.of("/config/orders/b", "1").put("/config/orders/c", "1");
		Configuration first = this.parser.parse(entries.snapshot(), Set.of(), Configuration.NONE);
		assertThat(values(first, orders)).as("all keys at first").containsOnlyKeys("b", "c");
		entries.put("/config/orders/b", "2").delete("/config/orders/c");
		Configuration second = this.parser.parse(entries.snapshot(), Set.of(key("/config/orders/b")), first);
		assertThat(values(second, orders)).containsOnly(entry("b", "2"), entry("c", "1"));
		Configuration third = this.parser.parse(entries.snapshot(), Set.of(key("/config/orders/c")), second);
		assertThat(values(third, orders)).containsOnly(entry("b", "2"));
	}

	@Test
	void remembersTheKeysOfARejectedChange() throws Exception {
		Entries entries = Entries.of("/config/orders/b", "1").put("/config/orders/c.yaml", "c: 1");
		Configuration first = this.parser.parse(entries.snapshot(), Set.of(), Configuration.NONE);
		entries.put("/config/orders/b", "2").put("/config/orders/c.yaml", "-");
		assertThatExceptionOfType(RejectedConfigurationException.class).isThrownBy(() -> this.parser
			.parse(entries.snapshot(), Set.of(key("/config/orders/b"), key("/config/orders/c.yaml")), first));
		entries.put("/config/orders/c.yaml", "c: 2");
		assertThat(values(this.parser.parse(entries.snapshot(), Set.of(key("/config/orders/c.yaml")), first), orders))
			.containsOnly(entry("b", "2"), entry("c", 2));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', value = { "a.yaml|'a: 1\nb: 2'|'a: 3\nb: 2'", "a.properties|'a=1\nb=2'|'a=3\nb=2'",
			"a.json|'{\"a\": 1, \"b\": 2}'|'{\"a\": 3, \"b\": 2}'" })
	void reusesUnchangedPropertiesOfADocument(String name, String former, String next) throws Exception {
		Entries entries = Entries.of("/config/orders/" + name, former).put("/config/orders/c", "1");
		Configuration first = this.parser.parse(entries.snapshot(), Configuration.NONE);
		Configuration second = this.parser.parse(entries.put("/config/orders/" + name, next).snapshot(), first);
		Values before = first.of(ConfigParser.sourceName(orders));
		Values after = second.of(ConfigParser.sourceName(orders));
		assertThat(after.get("b")).isSameAs(before.get("b"));
		assertThat(after.get("a").value()).hasToString("3");
		assertThat(after.get("a").origin()).asString().contains("at revision 3");
		assertThat(after.names()).isSameAs(before.names());
	}

	@Test
	void parsesValuesOfOneMegabyte() throws Exception {
		String large = "x".repeat(1 << 20);
		assertThat(values(Entries.of("/config/orders/a", large)
			.put("/config/orders/b.yaml", "b: " + large)
			.put("/config/orders/c.properties", "c=" + large)
			.put("/config/orders/d.json", "{\"d\": \"" + large + "\"}")))
			.containsOnly(entry("a", large), entry("b", large), entry("c", large), entry("d", large));
	}

	@Test
	@Timeout(20)
	void parsesTenThousandKeysAndTenThousandDocuments() throws Exception {
		Entries entries = new Entries();
		for (int i = 0; i < 10_000; i++) {
			entries.put("/config/orders/group" + i % 100 + "/key-" + i, "value " + i);
			entries.put("/config/orders/documents/" + i + ".json", "{\"documents\": {\"d" + i + "\": [1]}}");
		}
		Configuration first = this.parser.parse(entries.snapshot(), Configuration.NONE);
		assertThat(first.of(ConfigParser.sourceName(orders)).names()).hasSize(20_000);
		Configuration former = first;
		for (int i = 0; i < 10; i++) {
			former = this.parser.parse(entries.put("/config/orders/key", "value " + i).snapshot(), former);
		}
		assertThat(former.of(ConfigParser.sourceName(orders)).names()).hasSize(20_001);
		assertThat(this.parser.parse(entries.snapshot(), former).of(ConfigParser.sourceName(orders)))
			.isSameAs(former.of(ConfigParser.sourceName(orders)));
	}

	/**
	 * Arbitrary bytes are either parsed, or rejected without a quote of the text.
	 */
	@Test
	void neitherFailsOnNorQuotesArbitraryBytes() {
		Random random = new Random(42);
		List<String> endings = List.of(".yaml", ".properties", ".json");
		int valid = 0;
		for (int i = 0; i < 6000; i++) {
			Entries entries = new Entries().put(bytes("/config/orders/a" + endings.get(i % 3)),
					damage(random, document(random, i % 3)));
			entries.put(damage(random, bytes("/config/orders/some/list[0].key")), damage(random, bytes(SECRET)));
			try {
				this.parser.parse(entries.snapshot(), Configuration.NONE);
				valid++;
			}
			catch (RejectedConfigurationException ex) {
				assertThat(ex.getMessage()).doesNotContain(SECRET).startsWith("etcd key /");
				assertThat(ex).hasNoCause();
			}
		}
		assertThat(valid).isBetween(100, 5900);
	}

	private static byte[] document(Random random, int format) {
		String[] tokens = switch (format) {
			case 0 -> new String[] { "a", ": ", "\n", "\n  ", "- ", SECRET, "[", "]", "{", "}", "&x ", "*x", "\n---\n",
					"'", "\"", "!!int ", "? ", "| ", "<<: ", "1", "#", "%", "\t", "~", ", ", "\\" };
			case 1 ->
				new String[] { "a", "=", "\n", SECRET, "\\", "\\u", "00e9", "#---", "!", ": ", "[]", "[0]", "\u4f60" };
			default -> new String[] { "{", "}", "[", "]", "\"" + SECRET + "\"", ":", ",", "1", "null", "\"a\"", SECRET,
					"\\", "-", "e9", " " };
		};
		String[] starts = { "a: 1\nb:\n", "a=1\nb=", "{\"a\": 1, \"b\": " };
		StringBuilder document = new StringBuilder(random.nextBoolean() ? starts[format] : "");
		for (int i = random.nextInt(12); i > 0; i--) {
			document.append(tokens[random.nextInt(tokens.length)]);
		}
		return bytes(document.toString());
	}

	private static byte[] damage(Random random, byte[] bytes) {
		byte[] damaged = Arrays.copyOf(bytes, bytes.length);
		for (int i = random.nextInt(4) - 2; i > 0 && damaged.length > 16; i--) {
			// keep the prefix
			damaged[15 + random.nextInt(damaged.length - 15)] = (byte) random.nextInt(256);
		}
		return damaged;
	}

	private ConfigParser parser(String... contexts) {
		return new ConfigParser(List.of(contexts), Set.of("prod")::contains, null, ConfigParserTests::decrypt,
				this.log);
	}

	private static String decrypt(String text) {
		if (text.startsWith("bad")) {
			throw new IllegalStateException(text);
		}
		return "plain " + text;
	}

	private String reject(Entries entries) {
		try {
			this.parser.parse(entries.snapshot(), Configuration.NONE);
		}
		catch (RejectedConfigurationException ex) {
			return ex.getMessage();
		}
		throw new AssertionError("Not rejected");
	}

	private Map<String, Object> values(Entries entries) throws RejectedConfigurationException {
		return values(parser(orders).parse(entries.snapshot(), Configuration.NONE), orders);
	}

	private static Map<String, Object> values(Configuration configuration, String context) {
		Map<String, Object> values = new LinkedHashMap<>();
		Values found = configuration.of(ConfigParser.sourceName(context));
		for (String name : found.names()) {
			values.put(name, found.get(name).value());
		}
		return values;
	}

	private static ByteSequence key(String key) {
		return ByteSequence.from(key, StandardCharsets.UTF_8);
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
