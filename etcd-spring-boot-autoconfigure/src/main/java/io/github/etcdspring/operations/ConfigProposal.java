package io.github.etcdspring.operations;

import java.time.Duration;

/**
 * Proposed changes that live instances validate before they are written. Thread-safe; all
 * methods block the calling thread, and throw {@link EtcdConfigException} if etcd rejects
 * a request or does not respond, or if the thread is interrupted.
 *
 * @since 0.1.0
 */
public interface ConfigProposal extends AutoCloseable {

	/**
	 * Return the id of the proposal, which is part of its keys.
	 * @return the id
	 */
	String id();

	/**
	 * Wait until each live instance that imports one of the keys has answered. Instances
	 * answer within about a second, see {@code spring.cloud.etcd.fleet}; those that
	 * publish nothing are not known.
	 * @param timeout how long to wait
	 * @return the answers; nothing is written
	 */
	ProposalOutcome await(Duration timeout);

	/**
	 * Wait for the answers, and write the changes in one transaction if the instances
	 * agree. It fails if a key has been modified since the proposal, or if the proposal
	 * has ended. If no live instance imports the keys, nothing is written.
	 * @param consent which answers are required
	 * @param timeout how long to wait for them
	 * @return the answers, and the write if the changes were written
	 * @throws EtcdConfigConflictException if a key was modified concurrently; nothing has
	 * been written
	 * @throws EtcdConfigException if etcd does not respond during the write; the changes
	 * may have been written
	 */
	ProposalOutcome write(Consent consent, Duration timeout);

	/**
	 * Withdraw the proposal, unless it has been written.
	 */
	@Override
	void close();

	/**
	 * Which answers are required to write a proposal.
	 */
	enum Consent {

		/**
		 * All instances accept the changes in time.
		 */
		ALL,

		/**
		 * At least one instance accepts the changes, and none rejects them in time.
		 */
		ANSWERED

	}

}
