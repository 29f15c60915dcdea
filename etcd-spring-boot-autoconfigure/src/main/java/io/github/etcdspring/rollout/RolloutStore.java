package io.github.etcdspring.rollout;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import io.github.etcdspring.config.RolloutChanges;
import io.github.etcdspring.lease.LeaseRequests;
import io.github.etcdspring.operations.ConfigWriter;
import io.github.etcdspring.operations.EtcdConfigConflictException;
import io.github.etcdspring.operations.EtcdConfigException;
import io.github.etcdspring.operations.Requests;
import org.jspecify.annotations.Nullable;

/**
 * The transactions of rollouts. Each is conditional on the revisions of the keys that its
 * decision was based on, and those of a driver also on its election.
 */
final class RolloutStore {

	/** How long a rollout without a driver remains. */
	static final Duration TTL = Duration.ofSeconds(60);

	/** Time without a renewal after which a driver is replaced. */
	static final Duration DRIVER_TTL = Duration.ofSeconds(10);

	private final EtcdConnection connection;

	private final ConfigWriter writer;

	private final LeaseRequests leases;

	private final Requests requests;

	RolloutStore(EtcdConnection connection, ConfigWriter writer) {
		this.connection = connection;
		this.writer = writer;
		this.leases = new LeaseRequests(connection);
		this.requests = new Requests(connection);
	}

	EtcdConnection connection() {
		return this.connection;
	}

	Requests requests() {
		return this.requests;
	}

	long grant(Duration ttl) throws EtcdRequestException, InterruptedException {
		return this.leases.grant(ttl, this.connection.requestTimeout()).getID();
	}

	void renew(long lease) throws EtcdRequestException, InterruptedException {
		this.leases.renew(lease, this.connection.requestTimeout());
	}

	void revoke(long lease) throws EtcdRequestException, InterruptedException {
		try {
			this.leases.revoke(lease);
		}
		catch (EtcdRequestException ex) {
			if (ex.reason() != Reason.NOT_FOUND) {
				throw ex;
			}
		}
	}

	/**
	 * Put the keys of a rollout and its driver, unless a key is in the way.
	 * @param rollout the rollout
	 * @param lease the lease of the rollout
	 * @param driver the name of the driver
	 * @param driverLease the lease of the driver
	 * @return the revision, 0 if nothing was put
	 */
	long start(Rollout rollout, long lease, String driver, long driverLease)
			throws EtcdRequestException, InterruptedException {
		List<Cmp> conditions = new ArrayList<>(unmodified(rollout));
		rollout.keys().forEach((key) -> conditions.add(absent(key)));
		conditions.add(absent(rollout.driverKey()));
		List<Op> puts = new ArrayList<>(puts(rollout, lease));
		puts.add(put(rollout.driverKey(), bytes(driver), driverLease));
		TxnResponse response = commit(conditions, puts);
		return (response.isSucceeded()) ? response.getHeader().getRevision() : 0;
	}

	/**
	 * Become the driver of a rollout that has none.
	 * @param rollout the rollout
	 * @param part a key of the rollout, as it was read
	 * @param driver the name of the driver
	 * @param driverLease its lease
	 * @return create revision of the driver's key, 0 if there is another driver or the
	 * rollout has changed
	 */
	long campaign(Rollout rollout, KeyValue part, String driver, long driverLease)
			throws EtcdRequestException, InterruptedException {
		TxnResponse response = commit(
				List.of(absent(rollout.driverKey()),
						new Cmp(part.getKey(), Cmp.Op.EQUAL, CmpTarget.modRevision(part.getModRevision()))),
				List.of(put(rollout.driverKey(), bytes(driver), driverLease)));
		return (response.isSucceeded()) ? response.getHeader().getRevision() : 0;
	}

	/**
	 * Replace the keys of a rollout.
	 * @param state the state that the decision was based on
	 * @param next the rollout
	 * @param token the election of the driver, 0 if an operator acts
	 * @return whether they were replaced
	 */
	boolean replace(RolloutState state, Rollout next, long token) throws EtcdRequestException, InterruptedException {
		List<Op> puts = new ArrayList<>();
		for (String directory : next.directories()) {
			ByteSequence key = RolloutChanges.changesKey(directory);
			KeyValue part = state.parts().get(key);
			if (part != null) {
				puts.add(put(key, next.write(directory), part.getLease()));
			}
		}
		return commit(conditions(state, next, token), puts).isSucceeded();
	}

	/**
	 * Write the changes for all, and delete the keys of the rollout, also that of the
	 * driver.
	 * @param state the state that the decision was based on
	 * @param rollout the rollout
	 * @param token the election of the driver
	 * @return whether they were written; if not, the rollout or its driver is another one
	 * @throws EtcdConfigConflictException if a changed key is not at its revision
	 */
	boolean write(RolloutState state, Rollout rollout, long token) throws EtcdRequestException, InterruptedException {
		Map<ByteSequence, Long> deleted = new HashMap<>();
		state.parts().forEach((key, part) -> deleted.put(key, part.getModRevision()));
		// the key of the driver is put once
		deleted.put(rollout.driverKey(), token);
		try {
			this.writer.write(rollout.changes().stream().map(Rollout.Change::toChange).toList(), deleted,
					rollout.author(), rollout.comment());
			return true;
		}
		catch (EtcdConfigConflictException ex) {
			throw ex;
		}
		catch (EtcdConfigException ex) {
			if (ex.getCause() instanceof EtcdRequestException failure) {
				throw failure;
			}
			if (Thread.interrupted()) {
				throw new InterruptedException();
			}
			return false;
		}
	}

	/**
	 * Delete the keys of a rollout.
	 * @param state the state that the decision was based on
	 * @param rollout the rollout
	 * @param token the election of the driver, 0 if an operator acts
	 */
	void delete(RolloutState state, Rollout rollout, long token) throws EtcdRequestException, InterruptedException {
		commit(conditions(state, rollout, token), deletes(rollout));
	}

	/**
	 * Return the changed keys that are not at their expected revision.
	 * @param rollout the rollout
	 * @return their current revision by key, 0 if a key does not exist
	 */
	Map<String, Long> modified(Rollout rollout) throws EtcdRequestException, InterruptedException {
		Map<String, Long> modified = new TreeMap<>();
		List<KeyValue> found = read(rollout.changes().stream().map((change) -> bytes(change.key())).toList());
		for (Rollout.Change change : rollout.changes()) {
			long revision = revision(change.key(), found);
			if (revision != change.revision()) {
				modified.put(change.key(), revision);
			}
		}
		return modified;
	}

	/**
	 * Return whether the changes are in etcd.
	 * @param rollout the rollout
	 * @return whether all keys have the values of the rollout
	 */
	boolean isWritten(Rollout rollout) throws EtcdRequestException, InterruptedException {
		List<KeyValue> found = read(rollout.changes().stream().map((change) -> bytes(change.key())).toList());
		return rollout.changes().stream().allMatch((change) -> {
			ByteSequence expected = (change.value() != null) ? bytes(change.value()) : null;
			KeyValue entry = entry(change.key(), found);
			return (expected != null)
					? entry != null && entry.getModRevision() > change.revision() && entry.getValue().equals(expected)
					: entry == null;
		});
	}

	/**
	 * Read keys in one transaction.
	 * @param keys the keys
	 * @return those that exist
	 */
	List<KeyValue> read(List<ByteSequence> keys) throws EtcdRequestException, InterruptedException {
		Op[] reads = keys.stream().map((key) -> Op.get(key, GetOption.DEFAULT)).toArray(Op[]::new);
		return this.connection.call(() -> kv().txn().Then(reads).commit())
			.getGetResponses()
			.stream()
			.map(GetResponse::getKvs)
			.flatMap(List::stream)
			.toList();
	}

	static long revision(String key, List<KeyValue> found) {
		KeyValue entry = entry(key, found);
		return (entry != null) ? entry.getModRevision() : 0;
	}

	private static @Nullable KeyValue entry(String key, List<KeyValue> found) {
		ByteSequence bytes = bytes(key);
		return found.stream().filter((entry) -> entry.getKey().equals(bytes)).findFirst().orElse(null);
	}

	private static List<Cmp> conditions(RolloutState state, Rollout rollout, long token) {
		List<Cmp> conditions = new ArrayList<>();
		for (ByteSequence key : rollout.keys()) {
			KeyValue part = state.parts().get(key);
			if (part != null) {
				conditions.add(new Cmp(key, Cmp.Op.EQUAL, CmpTarget.modRevision(part.getModRevision())));
			}
		}
		if (token != 0) {
			conditions.add(new Cmp(rollout.driverKey(), Cmp.Op.EQUAL, CmpTarget.createRevision(token)));
		}
		return conditions;
	}

	private static List<Cmp> unmodified(Rollout rollout) {
		return rollout.changes()
			.stream()
			.map((change) -> new Cmp(bytes(change.key()), Cmp.Op.EQUAL, CmpTarget.modRevision(change.revision())))
			.toList();
	}

	private static Cmp absent(ByteSequence key) {
		return new Cmp(key, Cmp.Op.EQUAL, CmpTarget.createRevision(0));
	}

	private static List<Op> puts(Rollout rollout, long lease) {
		return rollout.directories()
			.stream()
			.<Op>map((directory) -> put(RolloutChanges.changesKey(directory), rollout.write(directory), lease))
			.toList();
	}

	private static Op put(ByteSequence key, ByteSequence value, long lease) {
		return Op.put(key, value, PutOption.builder().withLeaseId(lease).build());
	}

	private static List<Op> deletes(Rollout rollout) {
		List<Op> deletes = new ArrayList<>();
		rollout.keys().forEach((key) -> deletes.add(Op.delete(key, DeleteOption.DEFAULT)));
		deletes.add(Op.delete(rollout.driverKey(), DeleteOption.DEFAULT));
		return deletes;
	}

	private TxnResponse commit(List<Cmp> conditions, List<Op> operations)
			throws EtcdRequestException, InterruptedException {
		return this.connection
			.call(() -> kv().txn().If(conditions.toArray(Cmp[]::new)).Then(operations.toArray(Op[]::new)).commit());
	}

	private KV kv() {
		return this.connection.client().getKVClient();
	}

	private static ByteSequence bytes(String text) {
		return ByteSequence.from(text, StandardCharsets.UTF_8);
	}

}
