package io.github.etcdspring.registry;

import java.nio.charset.StandardCharsets;
import java.time.Instant;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class OverrideFormatTests {

	private static final InstanceKey NAME = new InstanceKey("orders", "one");

	private static final Instant UNTIL = Instant.parse("2026-11-29T15:00:00Z");

	@Test
	void readsWhatItWrote() {
		InstanceOverride out = new InstanceOverride("orders", "one", "jane", "memory \"leak\"", UNTIL, true, null);
		assertThat(read(OverrideFormat.write(out))).isEqualTo(out);
		InstanceOverride weight = new InstanceOverride("orders", "one", "jane", "canary", UNTIL, false, 3);
		assertThat(read(OverrideFormat.write(weight))).isEqualTo(weight);
	}

	@Test
	void readsValuesWrittenByHand() {
		InstanceOverride read = read("""
				{ "Owner": "jane", "reason": "x", "until": "2026-11-29T16:00:00+01:00", "weight": "2",
				  "ticket": {"id": 7} }
				""");
		assertThat(read).isEqualTo(new InstanceOverride("orders", "one", "jane", "x", UNTIL, false, 2));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
			nonsense                                                                      | not a JSON object
			[]                                                                            | not a JSON object
			{"owner":"jane"                                                               | not a JSON object
			{"reason":"r","until":"2026-11-29T15:00:00Z","outOfService":true}             | 'owner'
			{"owner":" ","reason":"r","until":"2026-11-29T15:00:00Z","outOfService":true} | 'owner'
			{"owner":"o","until":"2026-11-29T15:00:00Z","outOfService":true}              | 'reason'
			{"owner":"o","reason":"r","outOfService":true}                                | 'until'
			{"owner":"o","reason":"r","until":"tomorrow","outOfService":true}             | 'until'
			{"owner":"o","reason":"r","until":"2026-11-29T15:00:00Z"}                     | 'outOfService' or 'weight'
			{"owner":"o","reason":"r","until":"2026-11-29T15:00:00Z","outOfService":1}    | 'outOfService'
			{"owner":"o","reason":"r","until":"2026-11-29T15:00:00Z","weight":0}          | 'weight'
			{"owner":"o","reason":"r","until":"2026-11-29T15:00:00Z","weight":"0.5"}      | 'weight'
			""")
	void namesWhatIsInvalidWithoutTheValue(String value, String problem) {
		assertThatIllegalArgumentException().isThrownBy(() -> read(value))
			.withMessageContaining(problem)
			.withNoCause()
			.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContain("tomorrow", "nonsense"));
	}

	private static InstanceOverride read(String value) {
		return OverrideFormat.read(NAME, value.getBytes(StandardCharsets.UTF_8));
	}

}
