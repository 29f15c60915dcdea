package io.github.etcdspring.console;

import java.util.List;

import io.github.etcdspring.console.Changes.Answers;
import io.github.etcdspring.console.Changes.Written;
import io.github.etcdspring.operations.ConfigChange;
import io.github.etcdspring.operations.ConfigState;
import io.github.etcdspring.operations.EtcdHistoryOperations;
import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * Restores an earlier state of the configuration.
 */
final class Restoration {

	private final EtcdHistoryOperations history;

	private final Changes changes;

	Restoration(EtcdHistoryOperations history, Changes changes) {
		this.history = history;
		this.changes = changes;
	}

	/**
	 * Restore a state.
	 * @param user the author
	 * @param prefix prefix of the keys
	 * @param target the state
	 * @param mode {@code write}, or {@code ask} to write it only if all instances accept
	 * it
	 * @param comment why
	 * @return {@link Written} or {@link Answers}
	 */
	Object restore(User user, String prefix, ConfigState target, @Nullable String mode, String comment) {
		boolean ask = "ask".equals(mode);
		Assert.isTrue(ask || "write".equals(mode), "'mode' must be write or ask");
		ConfigState current = this.history.state(prefix);
		ConfigChange[] undo = current.changesTo(target);
		if (undo.length == 0) {
			return (ask) ? new Answers(List.of(), List.of(), List.of(), true, current.revision())
					: new Written(current.revision(), List.of(), List.of(), List.of(), null);
		}
		return (ask) ? this.changes.askAndWrite(user, comment, Changes.wait(null), undo)
				: this.changes.write(user, comment, Changes.wait(null), undo);
	}

}
