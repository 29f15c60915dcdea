package io.github.etcdspring.rollout;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.RandomId;
import io.github.etcdspring.config.Proposal;
import io.github.etcdspring.config.RolloutChanges;
import io.github.etcdspring.operations.ConfigChange;
import io.github.etcdspring.operations.EtcdConfigConflictException;
import io.github.etcdspring.operations.EtcdConfigException;
import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * {@link EtcdRolloutOperations} that uses the connection of the application.
 */
final class EtcdRolloutTemplate implements EtcdRolloutOperations {

	private final RolloutDrivers drivers;

	private final RolloutStore store;

	EtcdRolloutTemplate(RolloutDrivers drivers) {
		this.drivers = drivers;
		this.store = drivers.store();
	}

	@Override
	public ConfigRollout start(RolloutPlan plan) {
		Assert.notEmpty(plan.steps(), "'plan' must have a step");
		plan.changes()
			.forEach((change) -> Assert.isTrue(change.key().contains("/"),
					() -> "Key " + change.key() + " must be in a directory"));
		List<String> keys = plan.changes().stream().map(ConfigChange::key).toList();
		return this.store.requests().execute("Failed to start a rollout of " + keys, () -> {
			// a driver that cannot read the fleet would find no instances
			this.drivers.fleet().list(this.drivers.fleet().keys().range());
			Rollout rollout = Rollout.of(RandomId.create(), plan, expectCurrent(plan.changes()));
			return start(rollout);
		});
	}

	/** Completes the expected revisions, and checks those that are given. */
	private List<Rollout.Change> expectCurrent(List<ConfigChange> changes)
			throws EtcdRequestException, InterruptedException {
		List<KeyValue> found = this.store
			.read(changes.stream().map((change) -> ByteSequence.from(change.key(), StandardCharsets.UTF_8)).toList());
		List<Rollout.Change> expecting = new ArrayList<>();
		Map<String, Long> conflicts = new TreeMap<>();
		for (ConfigChange change : changes) {
			long revision = RolloutStore.revision(change.key(), found);
			Long expected = change.expected();
			if (expected != null && expected != revision) {
				conflicts.put(change.key(), revision);
			}
			expecting.add(new Rollout.Change(change.key(), change.value(), revision));
		}
		if (!conflicts.isEmpty()) {
			throw new EtcdConfigConflictException(conflicts);
		}
		return expecting;
	}

	private ConfigRollout start(Rollout rollout) throws EtcdRequestException, InterruptedException {
		long lease = this.store.grant(RolloutStore.TTL);
		long driverLease = this.store.grant(RolloutStore.DRIVER_TTL);
		long token = 0;
		try {
			token = this.store.start(rollout, lease, this.drivers.name(), driverLease);
		}
		finally {
			if (token == 0) {
				this.store.revoke(lease);
				this.store.revoke(driverLease);
			}
		}
		if (token != 0) {
			this.drivers.drive(rollout, token, driverLease);
			return new EtcdRollout(this.store, rollout);
		}
		Map<String, Long> modified = this.store.modified(rollout);
		if (!modified.isEmpty()) {
			throw new EtcdConfigConflictException(modified);
		}
		throw new EtcdConfigException("There is a rollout of keys in " + rollout.directories()
				+ " already. Wait until it has ended, or stop it", null);
	}

	@Override
	public @Nullable ConfigRollout find(String key) {
		Assert.hasLength(key, "'key' must not be empty");
		List<ByteSequence> changes = List.of(RolloutChanges.changesKey(Proposal.directory(key)));
		for (KeyValue entry : this.store.requests()
			.execute("Failed to read the rollout of " + key, () -> this.store.read(changes))) {
			Rollout part = Rollout.read(entry.getValue());
			if (part != null && part.stopped() == null) {
				return new EtcdRollout(this.store, part);
			}
		}
		return null;
	}

}
