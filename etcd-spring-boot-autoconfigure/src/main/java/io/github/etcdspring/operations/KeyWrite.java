package io.github.etcdspring.operations;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import org.jspecify.annotations.Nullable;

/**
 * Write operation of a transaction.
 *
 * @param key the key
 * @param value the value to write, {@code null} to delete the key
 * @param expectedRevision revision that the key must be at, {@code null} if the write is
 * unconditional
 */
record KeyWrite(ByteSequence key, @Nullable ByteSequence value, @Nullable Long expectedRevision) {

	static KeyWrite of(ConfigChange change) {
		String value = change.value();
		return new KeyWrite(bytes(change.key()), (value != null) ? bytes(value) : null, change.expected());
	}

	/**
	 * Return the conditional writes whose keys are not at the expected revision.
	 * @param writes the writes
	 * @param found the response to the read of each
	 * @return the current revisions by key
	 */
	static Map<String, Long> conflicts(List<KeyWrite> writes, List<GetResponse> found) {
		Map<String, Long> conflicts = new HashMap<>();
		for (int i = 0; i < writes.size(); i++) {
			Long expected = writes.get(i).expectedRevision;
			long revision = revision(found.get(i));
			if (expected != null && expected != revision) {
				conflicts.put(writes.get(i).name(), revision);
			}
		}
		return conflicts;
	}

	/** Return the revision of the key in a response, 0 if the key does not exist. */
	static long revision(GetResponse found) {
		return found.getKvs().stream().mapToLong(KeyValue::getModRevision).findFirst().orElse(0);
	}

	KeyWrite expecting(long revision) {
		return (isConditional()) ? this : new KeyWrite(this.key, this.value, revision);
	}

	String name() {
		return this.key.toString(StandardCharsets.UTF_8);
	}

	boolean isConditional() {
		return this.expectedRevision != null;
	}

	Cmp condition() {
		long revision = (this.expectedRevision != null) ? this.expectedRevision : 0;
		return new Cmp(this.key, Cmp.Op.EQUAL, CmpTarget.modRevision(revision));
	}

	Op operation() {
		return (this.value != null) ? Op.put(this.key, this.value, PutOption.DEFAULT)
				: Op.delete(this.key, DeleteOption.DEFAULT);
	}

	Op read() {
		return Op.get(this.key, GetOption.builder().withKeysOnly(true).build());
	}

	private static ByteSequence bytes(String text) {
		return ByteSequence.from(text, StandardCharsets.UTF_8);
	}

}
