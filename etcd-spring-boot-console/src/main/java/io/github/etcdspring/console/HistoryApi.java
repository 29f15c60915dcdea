package io.github.etcdspring.console;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

import io.github.etcdspring.operations.ConfigState;
import io.github.etcdspring.operations.ConfigValue;
import io.github.etcdspring.operations.EtcdHistoryOperations;
import io.github.etcdspring.operations.HistoryChange;
import io.github.etcdspring.operations.HistoryEntry;
import jakarta.servlet.ServletException;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpMethod;

/**
 * History of the configuration, and the comparison of its states.
 */
final class HistoryApi implements Api {

	private final ConsoleKeys keys;

	private final EtcdHistoryOperations history;

	private final Restoration restoration;

	HistoryApi(ConsoleKeys keys, EtcdHistoryOperations history, Restoration restoration) {
		this.keys = keys;
		this.history = history;
		this.restoration = restoration;
	}

	@Override
	public void addTo(Routes routes) {
		routes.add(HttpMethod.GET, "history", Role.VIEWER, this::list);
		routes.add(HttpMethod.POST, "history/restore", Role.EDITOR, this::restore);
		routes.add(HttpMethod.GET, "difference", Role.VIEWER, this::difference);
	}

	private Page<Entry> list(Call call) {
		String prefix = call.param("prefix", this.keys.config());
		String checked = (prefix.endsWith("/")) ? this.keys.requirePrefix(prefix) : this.keys.requireKey(prefix);
		// writes by other tools are recorded in etcd, which a viewer must not change
		List<HistoryEntry> entries = (call.user().has(Role.EDITOR)) ? this.history.list(checked)
				: this.history.listWithoutRecording(checked);
		return call.page(entries, 50, (entry) -> Entry.of(entry, call.hidesValues()));
	}

	private Object restore(Call call) throws ServletException, IOException {
		RestoreRequest request = call.body(RestoreRequest.class);
		String prefix = this.keys.requirePrefix(request.prefix());
		ConfigState target = this.history.state(prefix, request.revision());
		return this.restoration.restore(call.user(), prefix, target, request.mode(), Objects
			.requireNonNullElse(request.comment(), "Restore revision " + request.revision() + " of " + prefix));
	}

	private Differences difference(Call call) {
		ConfigState left = state(call, "left");
		ConfigState right = state(call, "right");
		boolean hidden = call.hidesValues();
		return new Differences(left.differences(right)
			.stream()
			.map((difference) -> new Difference(difference.key(), text(difference.left(), hidden),
					text(difference.right(), hidden), difference.left() != null, difference.right() != null))
			.toList());
	}

	private ConfigState state(Call call, String side) {
		String prefix = this.keys.requirePrefix(call.requiredParam(side));
		long revision = call.longParam(side + "Revision", 0);
		return (revision > 0) ? this.history.state(prefix, revision) : this.history.state(prefix);
	}

	private static @Nullable String text(@Nullable ConfigValue value, boolean hidden) {
		return (hidden || value == null) ? null : value.text();
	}

	/**
	 * A write.
	 *
	 * @param revision its revision
	 * @param time its time
	 * @param author who has written
	 * @param comment why
	 * @param outside whether another tool has written
	 * @param changes the changed keys
	 */
	private record Entry(long revision, Instant time, String author, String comment, boolean outside,
			List<Change> changes) {

		static Entry of(HistoryEntry entry, boolean hidden) {
			return new Entry(entry.revision(), entry.time(), entry.author(), entry.comment(), entry.isOutside(),
					entry.changes().stream().map((change) -> Change.of(change, hidden)).toList());
		}

	}

	/**
	 * Change of a key.
	 *
	 * @param key the key
	 * @param former the value before, {@code null} if it is hidden or unknown, or the key
	 * did not exist
	 * @param value the value after, {@code null} if it is hidden or unknown, or the key
	 * was deleted
	 * @param secret whether only hashes of values are recorded
	 */
	private record Change(String key, @Nullable String former, @Nullable String value, boolean secret) {

		static Change of(HistoryChange change, boolean hidden) {
			return new Change(change.key(), text(change.former(), hidden), text(change.value(), hidden),
					isSecret(change.former()) || isSecret(change.value()));
		}

		private static boolean isSecret(@Nullable ConfigValue value) {
			return value != null && value.sha256() != null;
		}

	}

	/**
	 * Request to restore a state.
	 *
	 * @param prefix prefix of the keys
	 * @param revision revision of the state
	 * @param mode {@code write} or {@code ask}
	 * @param comment why
	 */
	record RestoreRequest(@Nullable String prefix, long revision, @Nullable String mode, @Nullable String comment) {

	}

	/**
	 * Differences of two states.
	 *
	 * @param items the differences
	 */
	private record Differences(List<Difference> items) {

	}

	/**
	 * Difference of a key.
	 *
	 * @param key the key, relative to both prefixes
	 * @param left value on the left, {@code null} if it is hidden or missing
	 * @param right value on the right, {@code null} if it is hidden or missing
	 * @param onLeft whether the key exists on the left
	 * @param onRight whether the key exists on the right
	 */
	private record Difference(String key, @Nullable String left, @Nullable String right, boolean onLeft,
			boolean onRight) {

	}

}
