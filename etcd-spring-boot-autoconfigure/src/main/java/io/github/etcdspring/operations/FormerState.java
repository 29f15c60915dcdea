package io.github.etcdspring.operations;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;

/**
 * Keys before they are written.
 *
 * @param writes the writes
 * @param found the key of each write
 * @param history the entries of each directory of the written keys, without values, the
 * oldest first
 * @param isKnown whether the keys still have these values when they are written
 */
record FormerState(List<KeyWrite> writes, List<GetResponse> found, Map<String, List<KeyValue>> history,
		boolean isKnown) {

	static FormerState of(List<KeyWrite> writes, List<String> directories, List<GetResponse> responses) {
		Map<String, List<KeyValue>> history = new HashMap<>();
		for (int i = 0; i < directories.size(); i++) {
			history.put(directories.get(i), responses.get(writes.size() + i).getKvs());
		}
		return new FormerState(writes, responses.subList(0, writes.size()), history, true);
	}

	/** Return this state if the keys may be modified before they are written. */
	FormerState unknown() {
		return new FormerState(this.writes, this.found, this.history, false);
	}

	/** Return the writes on condition that the keys are still in this state. */
	List<KeyWrite> expecting() {
		List<KeyWrite> expecting = new ArrayList<>();
		for (int i = 0; i < this.writes.size(); i++) {
			expecting.add(this.writes.get(i).expecting(KeyWrite.revision(this.found.get(i))));
		}
		return expecting;
	}

	/** Return the keys that exist. */
	List<KeyValue> existing() {
		return this.found.stream().flatMap((response) -> response.getKvs().stream()).toList();
	}

}
