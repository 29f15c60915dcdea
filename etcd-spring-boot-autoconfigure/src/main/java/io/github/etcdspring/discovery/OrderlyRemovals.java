package io.github.etcdspring.discovery;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchEvent.EventType;
import io.github.etcdspring.registry.InstanceFormat;
import io.github.etcdspring.registry.InstanceKey;
import io.github.etcdspring.registry.InstanceKeys;

/**
 * Keys of instances that were deleted after their status was no longer {@code UP}, where
 * both events arrived together. Confined to the thread of the mirror.
 */
final class OrderlyRemovals {

	private final InstanceKeys keys;

	private final Set<ByteSequence> removed = new HashSet<>();

	OrderlyRemovals(InstanceKeys keys) {
		this.keys = keys;
	}

	void arrived(List<WatchEvent> events) {
		Map<ByteSequence, KeyValue> put = new HashMap<>();
		for (WatchEvent event : events) {
			KeyValue entry = event.getKeyValue();
			KeyValue last = put.get(entry.getKey());
			if (event.getEventType() == EventType.PUT) {
				put.put(entry.getKey(), entry);
			}
			else if (last != null && !isUp(last)) {
				this.removed.add(entry.getKey());
			}
		}
	}

	private boolean isUp(KeyValue entry) {
		InstanceKey name = this.keys.parse(entry.getKey());
		try {
			return name != null && InstanceFormat.read(name, entry.getValue().getBytes()).isUp();
		}
		catch (IllegalArgumentException ex) {
			return false;
		}
	}

	boolean contains(ByteSequence key) {
		return this.removed.contains(key);
	}

	void clear() {
		this.removed.clear();
	}

}
