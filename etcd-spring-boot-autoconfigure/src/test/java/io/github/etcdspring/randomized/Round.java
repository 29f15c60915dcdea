package io.github.etcdspring.randomized;

import java.time.Duration;
import java.util.List;

/**
 * A fault, with actions during and after it.
 *
 * @param fault the fault
 * @param side the affected networks
 * @param length its minimum duration
 * @param during actions during the fault
 * @param after actions after the fault
 * @param quiet whether the round ends with a check that all changes have arrived
 */
record Round(Fault fault, NetworkSide side, Duration length, List<Turn> during, List<Turn> after, boolean quiet) {

	/**
	 * An action with all that is needed to repeat it.
	 *
	 * @param action the action
	 * @param choice selects the target
	 * @param pause the delay before it
	 */
	record Turn(Action action, int choice, Duration pause) {

	}

}
