package io.github.etcdspring.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

import io.github.etcdspring.operations.ConfigEntry;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Difference} and {@link DifferenceReport}.
 */
class DifferenceTests {

	private static final KeyPrefix PREFIX = KeyPrefix.of("/config/orders");

	private final Difference difference = Difference.between(
			stored(Map.of("same", "1", "changed", "a\nold\nz", "deleted", "s3cret")),
			Map.of("same", "1", "changed", "a\nnew\nnewer\nz", "added", ""), PREFIX);

	@Test
	void containsAddedChangedAndDeletedKeys() {
		assertThat(this.difference.changes()).extracting(KeyChange::toString)
			.containsExactly("added /config/orders/added", "changed /config/orders/changed",
					"deleted /config/orders/deleted");
		assertThat(this.difference.withoutDeletions().size()).isEqualTo(2);
	}

	@Test
	void changesRequireTheRevisionThatWasRead() {
		assertThat(this.difference.conditional()).extracting(Object::toString)
			.containsExactly("put /config/orders/added at revision 0", "put /config/orders/changed at revision 7",
					"delete /config/orders/deleted at revision 7");
	}

	@Test
	void valuesArePrintedOnlyOnRequest() {
		assertThat(print(false)).containsExactly("added /config/orders/added", "changed /config/orders/changed",
				"deleted /config/orders/deleted");
		assertThat(print(true)).containsExactly("added /config/orders/added", "  + ", "changed /config/orders/changed",
				"  - old", "  + new", "  + newer", "deleted /config/orders/deleted", "  - s3cret");
		assertThat(this.difference.toString()).doesNotContain("s3cret", "old", "newer");
	}

	private List<String> print(boolean showValues) {
		StringWriter out = new StringWriter();
		new DifferenceReport(new Console(new PrintWriter(out), new PrintWriter(new StringWriter())), showValues)
			.print(this.difference);
		return out.toString().lines().toList();
	}

	private static StoredConfiguration stored(Map<String, String> values) {
		TreeMap<String, ConfigEntry> entries = new TreeMap<>();
		values.forEach((name, value) -> entries.put(name, new ConfigEntry(PREFIX.key(name), value, 7)));
		return new StoredConfiguration(entries, new TreeSet<>());
	}

}
