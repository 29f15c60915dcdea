package io.github.etcdspring.operations;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Reads and writes configuration in etcd, for tools and pages that let people change it.
 * Applications that only use their configuration have no need of it.
 * <p>
 * Keys are those of etcd, {@code /config/orders/greeting} for example, and no other than
 * etcd lets this user read or write. A value is text: bytes that are not UTF-8 are read
 * as the character U+FFFD. What is written is not checked: an application that cannot use
 * it rejects it and goes on with what it had, see {@code EtcdConfigurationRejectedEvent}.
 * <p>
 * All methods may be called from any thread, and wait for etcd's answer on it: no longer
 * than {@code spring.cloud.etcd.request-timeout} (5 seconds by default) for each request,
 * and up to 3 seconds more to find out why there was none. They throw
 * {@link EtcdConfigException} if etcd refused or did not answer, in which case a write
 * may yet have taken effect, and {@link IllegalArgumentException} if a key or prefix is
 * empty or a revision cannot be one.
 *
 * @since 0.1.0
 */
public interface EtcdConfigOperations {

	/**
	 * Read a key.
	 * @param key the key
	 * @return the key with its value and revision, {@code null} if it does not exist
	 */
	@Nullable ConfigEntry find(String key);

	/**
	 * Read all keys that start with a prefix, at one revision.
	 * @param prefix the prefix
	 * @return the keys in their order, unmodifiable
	 */
	List<ConfigEntry> list(String prefix);

	/**
	 * Write a key, whatever it held.
	 * @param key the key
	 * @param value the value
	 * @return the key as it stands now
	 */
	ConfigEntry save(String key, String value);

	/**
	 * Delete a key, whatever it held.
	 * @param key the key
	 * @return whether there was such a key
	 */
	boolean delete(String key);

	/**
	 * Make several changes in one transaction: all of them or, if one of them finds
	 * another revision than it {@linkplain ConfigChange#ifRevision(long) expects}, none.
	 * For an application that imports these keys they are one change.
	 * @param changes the changes, at least one, and at most as many as etcd takes in one
	 * transaction ({@code --max-txn-ops}, 128 by default)
	 * @return revision of etcd at which they took effect
	 * @throws EtcdConfigConflictException if somebody else was faster; nothing has been
	 * written
	 * @throws IllegalArgumentException if there is no change, or two for the same key
	 */
	long write(ConfigChange... changes);

	/**
	 * What a key has held, as far back as etcd has not compacted it.
	 * @param key the key
	 * @return the newest 100 versions, the newest first, with the version that was in
	 * force at the compaction as the last one; empty if there is none. Takes up to a
	 * second for a key that does not exist now
	 */
	List<ConfigVersion> history(String key);

	/**
	 * Write once more what a key held at a revision; if it did not exist then, delete it.
	 * @param key the key
	 * @param revision any revision of etcd that is not compacted, such as that of a
	 * {@link ConfigVersion}
	 * @return revision of etcd at which it took effect, or of what etcd holds if there
	 * was nothing to change
	 * @throws EtcdConfigConflictException if somebody changed the key meanwhile
	 */
	long restore(String key, long revision);

	/**
	 * Make all keys that start with a prefix what they were at a revision, in one
	 * transaction. Keys that did not exist then are deleted.
	 * @param prefix the prefix
	 * @param revision any revision of etcd that is not compacted
	 * @return revision of etcd at which it took effect, or of what etcd holds if there
	 * was nothing to change
	 * @throws EtcdConfigConflictException if somebody changed one of the keys meanwhile
	 */
	long restoreAll(String prefix, long revision);

}
