package io.github.etcdspring.randomized;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Random sequence of faults and actions. At any time, callers must see all running
 * instances and no ended one, and read only configurations that existed, soon the newest.
 * {@code -Dseed} repeats a sequence, {@code -Drandomized.seconds} sets the duration.
 */
class RandomizedIntegrationTests {

	private static final long SEED = Long.getLong("seed", ThreadLocalRandom.current().nextInt(1_000_000));

	private static final Duration LENGTH = Duration.ofSeconds(Long.getLong("randomized.seconds", 40));

	@Test
	void invariantsHoldUnderRandomFaultsAndChanges(@TempDir Path folder) throws Exception {
		Journal journal = new Journal();
		journal.note("seed " + SEED);
		int rounds = 0;
		try (TestEnvironment environment = new TestEnvironment(journal, folder)) {
			Plan plan = new Plan(SEED);
			environment.awaitConsistency();
			long start = System.nanoTime();
			while (journal.isClean() && System.nanoTime() - start < LENGTH.toNanos()) {
				environment.play(plan.next());
				rounds++;
			}
			environment.awaitConsistency();
			if (!journal.isClean()) {
				journal.note(environment.state());
			}
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
