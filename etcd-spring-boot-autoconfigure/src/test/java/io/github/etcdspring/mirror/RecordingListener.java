package io.github.etcdspring.mirror;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;

import io.etcd.jetcd.ByteSequence;

/**
 * Records the changes that a mirror delivers.
 */
final class RecordingListener implements MirrorListener {

	private final List<Set<String>> keys = new CopyOnWriteArrayList<>();

	private final List<Map<String, String>> states = new CopyOnWriteArrayList<>();

	@Override
	public void changed(Snapshot snapshot, Set<ByteSequence> changed) {
		Set<String> names = new TreeSet<>();
		changed.forEach((key) -> names.add(key.toString(StandardCharsets.UTF_8)));
		this.keys.add(names);
		this.states.add(values(snapshot));
	}

	/** Returns the keys that changed, for each call. */
	List<Set<String>> keys() {
		return this.keys;
	}

	/** Returns the values by key, for each call. */
	List<Map<String, String>> states() {
		return this.states;
	}

	/** Returns the values of the last call, empty if there was no call. */
	Map<String, String> last() {
		return (this.states.isEmpty()) ? Map.of() : this.states.get(this.states.size() - 1);
	}

	static Map<String, String> values(Snapshot snapshot) {
		Map<String, String> values = new TreeMap<>();
		snapshot.entries()
			.forEach((key, entry) -> values.put(key.toString(StandardCharsets.UTF_8),
					entry.getValue().toString(StandardCharsets.UTF_8)));
		return values;
	}

}
