package io.github.etcdspring.config;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

import io.github.etcdspring.mirror.Snapshot;
import io.github.etcdspring.mirror.SnapshotStore;
import io.github.etcdspring.mirror.SnapshotStore.Stored;

/**
 * Stores the last applied configuration in a file, for a start without etcd. The header
 * lists the prefixes.
 */
final class SnapshotFile {

	private final SnapshotStore store;

	SnapshotFile(Path path) {
		this.store = new SnapshotStore(path, "etcd configuration snapshot 1");
	}

	/**
	 * Replace the snapshot atomically. The file is readable by its owner only.
	 * @param contexts the imported contexts
	 * @param snapshot the entries
	 * @throws IOException if the file cannot be written
	 */
	void write(List<ConfigContext> contexts, Snapshot snapshot) throws IOException {
		this.store.write(contexts.stream().map(ConfigContext::prefix).toList(), snapshot);
	}

	/**
	 * Read the snapshot.
	 * @param contexts the contexts that the file must contain
	 * @return the snapshot
	 * @throws NoSuchFileException if the file does not exist
	 * @throws IOException if the file cannot be read, is damaged, is writable by all
	 * users, or lacks a context
	 */
	Snapshot read(List<ConfigContext> contexts) throws IOException {
		Stored stored = this.store.read();
		for (ConfigContext context : contexts) {
			if (!stored.header().contains(context.prefix())) {
				throw new IOException("it does not contain " + context);
			}
		}
		return stored.snapshot();
	}

	@Override
	public String toString() {
		return this.store.toString();
	}

}
