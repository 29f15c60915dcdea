package io.github.etcdspring.console;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpMethod;

/**
 * Changes of the configuration.
 */
final class ChangesApi implements Api {

	private final ContentMirror mirror;

	private final ConsoleKeys keys;

	private final Changes changes;

	ChangesApi(ContentMirror mirror, ConsoleKeys keys, Changes changes) {
		this.mirror = mirror;
		this.keys = keys;
		this.changes = changes;
	}

	@Override
	public void addTo(Routes routes) {
		routes.add(HttpMethod.POST, "changes/difference", Role.EDITOR, this::difference);
		routes.add(HttpMethod.POST, "changes/write", Role.EDITOR, (call) -> {
			ChangeRequest request = call.body(ChangeRequest.class);
			return this.changes.write(call.user(), request.comment(), Changes.wait(request.waitSeconds()),
					ChangeRequest.toChanges(request.changes(), this.keys));
		});
		routes.add(HttpMethod.POST, "changes/ask", Role.EDITOR, (call) -> {
			ChangeRequest request = call.body(ChangeRequest.class);
			return this.changes.ask(call.user(), request.comment(), Changes.wait(request.waitSeconds()),
					ChangeRequest.toChanges(request.changes(), this.keys));
		});
		routes.add(HttpMethod.POST, "changes/ask-and-write", Role.EDITOR, (call) -> {
			ChangeRequest request = call.body(ChangeRequest.class);
			return this.changes.askAndWrite(call.user(), request.comment(), Changes.wait(request.waitSeconds()),
					ChangeRequest.toChanges(request.changes(), this.keys));
		});
	}

	private Differences difference(Call call) throws Exception {
		List<ChangeRequest.Change> changed = ChangeRequest.required(call.body(ChangeRequest.class).changes(),
				this.keys);
		Content content = this.mirror.content(Topic.CONFIGURATION);
		return new Differences(changed.stream().map((change) -> {
			ConfigKey before = content.find(change.key());
			long revision = (before != null) ? before.revision() : 0;
			return new Difference(change.key(), (before != null) ? before.value() : null, change.value(),
					change.revision() != null && change.revision() != revision);
		}).toList());
	}

	/**
	 * Differences of keys.
	 *
	 * @param items the differences
	 */
	private record Differences(List<Difference> items) {

	}

	/**
	 * Difference of a key.
	 *
	 * @param key the key
	 * @param before its current value, {@code null} if it does not exist
	 * @param after its new value, {@code null} if it is deleted
	 * @param conflict whether the key was modified concurrently
	 */
	private record Difference(String key, @Nullable String before, @Nullable String after, boolean conflict) {

	}

}
