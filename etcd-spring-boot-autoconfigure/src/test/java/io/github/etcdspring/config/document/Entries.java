package io.github.etcdspring.config.document;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.mirror.Snapshot;

/**
 * Builder of snapshots for tests of the parser.
 */
final class Entries {

	private final Map<ByteSequence, KeyValue> entries = new HashMap<>();

	private long revision;

	static Entries of(String key, String value) {
		return new Entries().put(key, value);
	}

	Entries put(String key, String value) {
		return put(key.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8));
	}

	Entries put(byte[] key, byte[] value) {
		return put(key, value, this.revision + 1);
	}

	Entries put(byte[] key, byte[] value, long revision) {
		this.revision = revision;
		KeyValue keyValue = new KeyValue(io.etcd.jetcd.api.KeyValue.newBuilder()
			.setKey(ByteString.copyFrom(key))
			.setValue(ByteString.copyFrom(value))
			.setModRevision(revision)
			.build(), ByteSequence.EMPTY);
		this.entries.put(keyValue.getKey(), keyValue);
		return this;
	}

	Entries delete(String key) {
		this.revision++;
		this.entries.remove(ByteSequence.from(key, StandardCharsets.UTF_8));
		return this;
	}

	Snapshot snapshot() {
		return new Snapshot(this.revision, Map.copyOf(this.entries));
	}

}
