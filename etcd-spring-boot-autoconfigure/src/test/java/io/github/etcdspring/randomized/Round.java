package io.github.etcdspring.randomized;

import java.time.Duration;
import java.util.List;

/**
 * A fault, what is done while it lasts and what is done after it.
 *
 * @param fault the fault
 * @param side whose network it affects, if any
 * @param length how long it lasts at least
 * @param during what is done meanwhile
 * @param after what is done afterwards
 * @param quiet whether all has to come to rest in the end
 */
record Round(Fault fault, Side side, Duration length, List<Turn> during, List<Turn> after, boolean quiet) {

	/**
	 * A change and what it needs to be done the same way again.
	 *
	 * @param change what is done
	 * @param choice tells whom it is done to
	 * @param pause time before it
	 */
	record Turn(Change change, int choice, Duration pause) {

	}

}
