package io.github.etcdspring.randomized;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Faults and changes in an order that is drawn by lot. Whatever it is, callers know all
 * instances that live and none that does not, and read the newest configuration and none
 * that never was. {@code -Dseed} draws the same lot again, {@code -Drandomized.seconds}
 * says for how long.
 */
class RandomizedIntegrationTests {

	private static final long SEED = Long.getLong("seed", ThreadLocalRandom.current().nextInt(1_000_000));

	private static final Duration LENGTH = Duration.ofSeconds(Long.getLong("randomized.seconds", 40));

	@Test
	void holdsWhateverHappens(@TempDir Path folder) throws Exception {
		Journal journal = new Journal();
		journal.note("seed " + SEED);
		int rounds = 0;
		try (World world = new World(journal, folder)) {
			Plan plan = new Plan(SEED);
			world.comeToRest();
			long start = System.nanoTime();
			while (journal.isClean() && System.nanoTime() - start < LENGTH.toNanos()) {
				world.play(plan.next());
				rounds++;
			}
			world.comeToRest();
		}
		catch (RuntimeException ex) {
			throw new AssertionError(description(journal), ex);
		}
		journal.note(rounds + " rounds");
		assertThat(journal.isClean()).withFailMessage(() -> description(journal)).isTrue();
		assertThat(rounds).isPositive();
	}

	private static String description(Journal journal) {
		return "Repeat it with: mvn verify -Prandomized -Dseed=" + SEED + "\n" + journal;
	}

}
