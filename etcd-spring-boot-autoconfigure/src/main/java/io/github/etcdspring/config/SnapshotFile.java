package io.github.etcdspring.config;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

import io.github.etcdspring.mirror.Snapshot;
import io.github.etcdspring.mirror.SnapshotStore;
import io.github.etcdspring.mirror.SnapshotStore.Stored;

/**
 * Stores the last configuration on disk, for a start without etcd. The header lists the
 * prefixes.
 */
final class SnapshotFile {

	private final SnapshotStore store;

	SnapshotFile(Path path) {
		this.store = new SnapshotStore(path, "etcd configuration snapshot 1");
	}

	/**
	 * Replace the snapshot atomically. Only the user that the application runs as can
	 * read it.
	 * @param contexts what has been imported
	 * @param snapshot what etcd held
	 * @throws IOException if it cannot be written
	 */
	void write(List<ConfigContext> contexts, Snapshot snapshot) throws IOException {
		this.store.write(contexts.stream().map(ConfigContext::prefix).toList(), snapshot);
	}

	/**
	 * Read the snapshot.
	 * @param contexts what is to be imported, and has to be in the file
	 * @return the snapshot
	 * @throws NoSuchFileException if there is none
	 * @throws IOException if it cannot be read, has been changed, or is of something else
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
