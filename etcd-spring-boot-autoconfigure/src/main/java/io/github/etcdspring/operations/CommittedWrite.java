package io.github.etcdspring.operations;

import java.time.Duration;
import java.util.Set;

import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.fleet.FleetKeys;
import io.github.etcdspring.operations.FleetWatch.Answers;

/**
 * Write by a transaction that has succeeded.
 */
final class CommittedWrite implements ConfigWrite {

	private final EtcdConnection connection;

	private final FleetKeys fleet;

	private final long revision;

	private final Set<String> keys;

	/**
	 * Create a write.
	 * @param connection the connection to etcd
	 * @param fleet the keys of the fleet
	 * @param revision revision of the transaction
	 * @param keys the written keys
	 */
	CommittedWrite(EtcdConnection connection, FleetKeys fleet, long revision, Set<String> keys) {
		this.connection = connection;
		this.fleet = fleet;
		this.revision = revision;
		this.keys = keys;
	}

	@Override
	public long revision() {
		return this.revision;
	}

	@Override
	public WriteOutcome await(Duration timeout) {
		try (FleetWatch watch = new FleetWatch(this.connection, this.fleet, this.keys,
				(instance) -> instance.hasApplied(this.revision), (instance) -> instance.hasRejected(this.revision))) {
			Answers answers = watch.await(timeout);
			return new WriteOutcome(answers.accepted(), answers.rejected(), answers.unanswered());
		}
	}

	@Override
	public String toString() {
		return "ConfigWrite[revision=" + this.revision + "]";
	}

}
