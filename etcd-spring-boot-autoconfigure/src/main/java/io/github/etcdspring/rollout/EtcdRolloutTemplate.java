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
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * {@link EtcdRolloutOperations} that uses the connection of the application.
 */
final class EtcdRolloutTemplate implements EtcdRolloutOperations {

	private static final Log logger = LogFactory.getLog(EtcdRolloutTemplate.class);

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
		List<Long> leases = new ArrayList<>();
		long token;
		try {
			leases.add(this.store.grant(RolloutStore.TTL));
			leases.add(this.store.grant(RolloutStore.DRIVER_TTL));
			token = this.store.start(rollout, leases.get(0), this.drivers.name(), leases.get(1));
		}
		catch (EtcdRequestException | InterruptedException | RuntimeException ex) {
			revoke(leases);
			throw ex;
		}
		if (token != 0) {
			this.drivers.drive(rollout, token, leases.get(1));
			return new EtcdRollout(this.store, rollout);
		}
		revoke(leases);
		Map<String, Long> modified = this.store.modified(rollout);
		if (!modified.isEmpty()) {
			throw new EtcdConfigConflictException(modified);
		}
		throw new EtcdConfigException("There is a rollout of keys in " + rollout.directories()
				+ " already. Wait until it has ended, or stop it", null);
	}

	/** Best effort: a lease that remains expires soon. */
	private void revoke(List<Long> leases) {
		for (long lease : leases) {
			try {
				this.store.revoke(lease);
			}
			catch (EtcdRequestException | RuntimeException ex) {
				logger.debug("Failed to revoke the lease of a rollout that has not started", ex);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				return;
			}
		}
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
