package io.github.etcdspring.operations;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Reads and writes configuration in etcd, for tools and pages that edit it. Applications
 * that only consume their configuration do not need it.
 * <p>
 * Keys are full etcd keys such as {@code /config/orders/greeting}, and access is limited
 * to the keys that etcd permits this user to read or write. Values are text: bytes that
 * are not UTF-8 are read as the replacement character U+FFFD. Written values are not
 * validated. An application that cannot apply a value rejects it and keeps its last valid
 * configuration, see {@code EtcdConfigurationRejectedEvent}.
 * <p>
 * Each write leaves an entry in the history, in the same transaction, if the role permits
 * it, see {@link EtcdHistoryOperations}.
 * <p>
 * All methods are thread-safe and block the calling thread. The timeout of each request
 * is {@code spring.cloud.etcd.request-timeout} (5 seconds by default). After a failed
 * request, up to 3 further seconds are spent on diagnosing the endpoints. Methods throw
 * {@link EtcdConfigException} if etcd rejects a request or does not respond, or if the
 * thread is interrupted. A write without a response may have taken effect. They throw
 * {@link IllegalArgumentException} if a key or prefix is empty, or a revision is invalid.
 *
 * @since 0.1.0
 */
public interface EtcdConfigOperations {

	/**
	 * Return operations whose writes have an author and a comment in the history, see
	 * {@link EtcdHistoryOperations}. Otherwise the author is the user name of the
	 * application in etcd or, without authentication, the name of the application.
	 * @param author who writes, not empty
	 * @param comment why, possibly empty
	 * @return the operations
	 */
	EtcdConfigOperations as(String author, String comment);

	/**
	 * Read a key.
	 * @param key the key
	 * @return the key with its value and revision, {@code null} if it does not exist
	 */
	@Nullable ConfigEntry find(String key);

	/**
	 * Read all keys with a prefix, at one revision. Proposals are not included.
	 * @param prefix the prefix
	 * @return an unmodifiable list, ordered by key
	 */
	List<ConfigEntry> list(String prefix);

	/**
	 * Write a key unconditionally.
	 * @param key the key
	 * @param value the value
	 * @return the key with its new revision
	 */
	ConfigEntry save(String key, String value);

	/**
	 * Delete a key unconditionally.
	 * @param key the key
	 * @return whether the key existed
	 */
	boolean delete(String key);

	/**
	 * Write several changes in one transaction: either all of them or, if a key is not at
	 * its {@linkplain ConfigChange#ifRevision(long) expected revision}, none.
	 * Applications that import these keys apply them as one change.
	 * @param changes the changes, at least one. etcd allows 128 operations in a
	 * transaction ({@code --max-txn-ops}), of which the history takes one for each
	 * application whose keys are changed
	 * @return the write, by which the caller can wait for the applications
	 * @throws EtcdConfigConflictException if a key was modified concurrently; nothing has
	 * been written
	 * @throws IllegalArgumentException if there is no change, or two for the same key
	 */
	ConfigWrite write(ConfigChange... changes);

	/**
	 * Propose several changes: each live instance that imports one of the keys validates
	 * them against its own code as it validates a change, without applying them. Nothing
	 * is written until {@link ConfigProposal#write}. The proposal ends when it is written
	 * or closed, or after 10 minutes.
	 * @param author who proposes the changes, not empty
	 * @param comment why, possibly empty
	 * @param changes the changes as for {@link #write}. Those without an expected
	 * revision expect the current one
	 * @return the proposal, to be closed by the caller
	 * @throws EtcdConfigConflictException if a key is not at its expected revision
	 * @throws IllegalArgumentException if there is no author or no change, or two changes
	 * for the same key
	 */
	ConfigProposal propose(String author, String comment, ConfigChange... changes);

	/**
	 * Read the versions of a key since the last compaction of etcd. Takes up to a second
	 * for a key that does not exist. {@link EtcdHistoryOperations#list} also reads the
	 * versions before it.
	 * @param key the key
	 * @return up to 100 versions, newest first, including the version that was current at
	 * the compaction; empty if there is none
	 */
	List<ConfigVersion> history(String key);

	/**
	 * Restore the value that a key had at a revision. If the key did not exist at that
	 * revision, it is deleted.
	 * @param key the key
	 * @param revision any revision of etcd that is not compacted, such as that of a
	 * {@link ConfigVersion}
	 * @return the write, of the current revision if there was nothing to change
	 * @throws EtcdConfigConflictException if the key was modified concurrently
	 */
	ConfigWrite restore(String key, long revision);

	/**
	 * Restore the state that all keys with a prefix had at a revision, in one
	 * transaction. Keys that did not exist at that revision are deleted. Proposals are
	 * not affected.
	 * @param prefix the prefix
	 * @param revision any revision of etcd that is not compacted
	 * @return the write, of the current revision if there was nothing to change
	 * @throws EtcdConfigConflictException if one of the keys was modified concurrently
	 */
	ConfigWrite restoreAll(String prefix, long revision);

}
