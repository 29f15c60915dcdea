package io.github.etcdspring.operations;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.SharedEtcd;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Integration tests for the history of writers whose clocks are wrong.
 */
class HistoryClockIntegrationTests {

	private static final String ORDERS = "/config/orders/";

	private static final String KEY = ORDERS + "greeting";

	private static final String OTHER = ORDERS + "cache/size";

	/** Older than the maximum age of an entry, which is a year. */
	private static final Duration TWO_YEARS = Duration.ofDays(730);

	@SharedEtcd(emptiedAfterEach = true)
	private static TestConnection store;

	private final HistoryFixture right = HistoryFixture.with(store);

	private final HistoryFixture ahead = HistoryFixture.with(store, TWO_YEARS);

	private final HistoryFixture behind = HistoryFixture.with(store, TWO_YEARS.negated());

	@Test
	void writeDeletesFiftyEntriesAtMostAfterItsClockHasJumpedAhead() {
		save(this.right, 60);
		this.ahead.operations().save(KEY, "ahead");
		List<HistoryEntry> left = this.right.history().list(ORDERS);
		assertThat(values(left)).containsExactly("ahead", "59", "58", "57", "56", "55", "54", "53", "52", "51", "50");
		assertThat(left).noneMatch(HistoryEntry::isOutside);
	}

	@Test
	void clockThatIsRightAgainDeletesNothing() {
		save(this.right, 3);
		this.ahead.operations().save(KEY, "ahead");
		save(this.right, 3);
		assertThat(values(this.right.history().list(ORDERS))).containsExactly("2", "1", "0", "ahead");
	}

	@Test
	void jumpWithinTheMaximumAgeDeletesNothing() {
		save(this.right, 3);
		HistoryFixture.with(store, Duration.ofDays(364)).operations().save(KEY, "ahead");
		HistoryFixture.with(store, Duration.ofDays(-364)).operations().save(KEY, "behind");
		assertThat(values(this.right.history().list(ORDERS))).containsExactly("behind", "ahead", "2", "1", "0");
	}

	@Test
	void entryOfAClockThatIsBehindIsDeletedAlone() {
		save(this.right, 3);
		this.behind.operations().save(KEY, "behind");
		assertThat(values(this.right.history().list(ORDERS))).containsExactly("behind", "2", "1", "0");
		this.right.operations().save(KEY, "right");
		assertThat(values(this.right.history().list(ORDERS))).containsExactly("right", "2", "1", "0");
	}

	@Test
	void keysAreNotTakenForWritesByOtherToolsWhenEntriesArePrunedInAnotherOrder() {
		HistoryFixture bounded = HistoryFixture.with(store, "max-entries=3");
		save(bounded, 3);
		HistoryFixture.with(store, TWO_YEARS.negated(), "max-entries=3").operations().save(OTHER, "behind");
		// prunes the entry of the other key first, and one with a lower revision last
		save(bounded, 2);
		assertThat(bounded.history().list(ORDERS)).hasSize(3).noneMatch(HistoryEntry::isOutside);
		assertThat(store.find(OTHER).getValue()).hasToString("behind");
	}

	private static void save(HistoryFixture writer, int count) {
		IntStream.range(0, count).forEach((i) -> writer.operations().save(KEY, String.valueOf(i)));
	}

	private static List<String> values(List<HistoryEntry> entries) {
		return entries.stream().map((entry) -> entry.changes().get(0).value().text()).toList();
	}

}
