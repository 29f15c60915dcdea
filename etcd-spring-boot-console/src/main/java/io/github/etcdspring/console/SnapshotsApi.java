package io.github.etcdspring.console;

import java.io.IOException;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;

import io.github.etcdspring.operations.ConfigSnapshot;
import io.github.etcdspring.operations.EtcdHistoryOperations;
import jakarta.servlet.ServletException;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpMethod;

/**
 * Named snapshots of the configuration.
 */
final class SnapshotsApi implements Api {

	private final ConsoleKeys keys;

	private final EtcdHistoryOperations history;

	private final Restoration restoration;

	SnapshotsApi(ConsoleKeys keys, EtcdHistoryOperations history, Restoration restoration) {
		this.keys = keys;
		this.history = history;
		this.restoration = restoration;
	}

	@Override
	public void addTo(Routes routes) {
		routes.add(HttpMethod.GET, "snapshots", Role.VIEWER, (call) -> new Names(this.history.snapshots(prefix(call))));
		routes.add(HttpMethod.POST, "snapshots", Role.EDITOR, (call) -> {
			this.history.saveSnapshot(prefix(call), call.requiredParam("name"));
			return null;
		});
		routes.add(HttpMethod.DELETE, "snapshots", Role.EDITOR, (call) -> {
			this.history.deleteSnapshot(prefix(call), call.requiredParam("name"));
			return null;
		});
		routes.add(HttpMethod.POST, "snapshots/restore", Role.EDITOR, this::restore);
	}

	private String prefix(Call call) {
		return this.keys.requirePrefix(call.requiredParam("prefix"));
	}

	private Object restore(Call call) throws ServletException, IOException {
		RestoreRequest request = call.body(RestoreRequest.class);
		String prefix = this.keys.requirePrefix(request.prefix());
		String name = Objects.requireNonNullElse(request.name(), "");
		ConfigSnapshot snapshot = this.history.findSnapshot(prefix, name);
		if (snapshot == null) {
			throw new NoSuchElementException("There is no snapshot '" + name + "' of " + prefix);
		}
		return this.restoration.restore(call.user(), prefix, snapshot.state(), request.mode(),
				Objects.requireNonNullElse(request.comment(), "Restore snapshot " + name + " of " + prefix));
	}

	/**
	 * Names of snapshots.
	 *
	 * @param items the names
	 */
	private record Names(List<String> items) {

	}

	/**
	 * Request to restore a snapshot.
	 *
	 * @param prefix prefix of the keys
	 * @param name name of the snapshot
	 * @param mode {@code write} or {@code ask}
	 * @param comment why
	 */
	record RestoreRequest(@Nullable String prefix, @Nullable String name, @Nullable String mode,
			@Nullable String comment) {

	}

}
