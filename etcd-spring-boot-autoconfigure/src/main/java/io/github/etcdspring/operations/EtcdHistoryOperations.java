package io.github.etcdspring.operations;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Reads who has changed the configuration, compares its states, and saves snapshots of
 * it. States and entries provide the changes that restore them, to be written by
 * {@link EtcdConfigOperations#write} or proposed by {@link EtcdConfigOperations#propose}.
 * <p>
 * All methods are thread-safe, block the calling thread, and throw
 * {@link EtcdConfigException} if etcd rejects a request or does not respond, or if the
 * thread is interrupted. The timeout of each request is
 * {@code spring.cloud.etcd.request-timeout} (5 seconds by default). They throw
 * {@link IllegalArgumentException} if a prefix or name is empty, or a revision is
 * invalid.
 *
 * @since 0.1.0
 */
public interface EtcdHistoryOperations {

	/**
	 * Read the recorded writes of all keys with a prefix, including those that etcd has
	 * compacted. Writes by other tools that have not been recorded yet are included and,
	 * if the role permits it, recorded.
	 * @param prefix the prefix, or a key
	 * @return an unmodifiable list, newest first, with the changes of keys with the
	 * prefix only
	 */
	List<HistoryEntry> list(String prefix);

	/**
	 * Read the same as {@link #list}, without writing to etcd: writes by other tools that
	 * have not been recorded yet are included, but not recorded.
	 * @param prefix the prefix, or a key
	 * @return an unmodifiable list, newest first, with the changes of keys with the
	 * prefix only
	 */
	List<HistoryEntry> listWithoutRecording(String prefix);

	/**
	 * Read the current state of all keys with a prefix.
	 * @param prefix the prefix
	 * @return the state, without proposals
	 */
	ConfigState state(String prefix);

	/**
	 * Read the state of all keys with a prefix at a revision.
	 * @param prefix the prefix
	 * @param revision any revision of etcd that is not compacted
	 * @return the state, without proposals
	 */
	ConfigState state(String prefix, long revision);

	/**
	 * Save a snapshot of the current state of all keys with a prefix.
	 * @param prefix the prefix, which ends with a slash
	 * @param name the name, without a slash
	 * @return the snapshot
	 * @throws EtcdConfigException also if a snapshot with this name exists, or if it is
	 * larger than etcd accepts ({@code --max-request-bytes}, 1.5 MiB by default)
	 */
	ConfigSnapshot saveSnapshot(String prefix, String name);

	/**
	 * Read the names of all snapshots of a prefix.
	 * @param prefix the prefix, which ends with a slash
	 * @return an unmodifiable list of the names, ordered by name
	 */
	List<String> snapshots(String prefix);

	/**
	 * Read a snapshot.
	 * @param prefix the prefix, which ends with a slash
	 * @param name the name
	 * @return the snapshot, {@code null} if it does not exist
	 */
	@Nullable ConfigSnapshot findSnapshot(String prefix, String name);

	/**
	 * Delete a snapshot.
	 * @param prefix the prefix, which ends with a slash
	 * @param name the name
	 * @return whether the snapshot existed
	 */
	boolean deleteSnapshot(String prefix, String name);

}
