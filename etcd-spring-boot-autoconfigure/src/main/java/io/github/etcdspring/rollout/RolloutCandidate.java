package io.github.etcdspring.rollout;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import io.github.etcdspring.client.SingleThreadTimer;
import io.github.etcdspring.config.Rollouts;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.beans.factory.DisposableBean;

/**
 * Takes over rollouts of the imported keys that no process drives. Its thread exists only
 * while there is a rollout.
 */
final class RolloutCandidate implements DisposableBean {

	private static final Log logger = LogFactory.getLog(RolloutCandidate.class);

	/** Instances try one after the other, as only the first can succeed. */
	private static final Duration MAX_DELAY = Duration.ofSeconds(1);

	private final Rollouts rollouts;

	private final RolloutDrivers drivers;

	private final SingleThreadTimer timer;

	/** Rollouts that this process is not permitted to drive; confined to the timer. */
	private final Set<String> denied = new HashSet<>();

	/**
	 * Create a candidate.
	 * @param rollouts the rollouts of the imported keys
	 * @param drivers the rollouts that this process drives
	 */
	RolloutCandidate(Rollouts rollouts, RolloutDrivers drivers) {
		this.rollouts = rollouts;
		this.drivers = drivers;
		this.timer = new SingleThreadTimer("etcd-rollouts-", MAX_DELAY.multipliedBy(2));
		rollouts.addListener(this::schedule);
		// the key of the election may have been deleted before the driver ended
		drivers.addListener(this::schedule);
	}

	private synchronized void schedule() {
		if (this.timer.getQueue().isEmpty() && withoutDriver().findAny().isPresent()) {
			this.timer.schedule(this::campaign, 1 + ThreadLocalRandom.current().nextLong(MAX_DELAY.toMillis()),
					TimeUnit.MILLISECONDS);
		}
	}

	/** Returns a part of each rollout that has no driver. */
	private Stream<Map.Entry<Rollout, KeyValue>> withoutDriver() {
		Map<ByteSequence, KeyValue> entries = this.rollouts.entries();
		return entries.values().stream().flatMap((entry) -> {
			Rollout rollout = Rollout.read(entry.getValue());
			// the key of the driver is beside the first part
			return (rollout != null && rollout.keys().get(0).equals(entry.getKey())
					&& !entries.containsKey(rollout.driverKey()) && !this.drivers.isDriving(rollout.id()))
							? Stream.of(Map.entry(rollout, entry)) : Stream.empty();
		});
	}

	private void campaign() {
		List<Map.Entry<Rollout, KeyValue>> open = withoutDriver().toList();
		this.denied.retainAll(open.stream().map((each) -> each.getKey().id()).toList());
		boolean again = false;
		for (Map.Entry<Rollout, KeyValue> each : open) {
			if (!this.denied.contains(each.getKey().id())) {
				again |= !campaignFor(each.getKey(), each.getValue());
			}
		}
		if (again) {
			schedule();
		}
	}

	/** Returns whether the election has been held. */
	private boolean campaignFor(Rollout rollout, KeyValue part) {
		try {
			this.drivers.fleet().list(this.drivers.fleet().keys().range());
			RolloutStore store = this.drivers.store();
			long lease = store.grant(RolloutStore.DRIVER_TTL);
			long token = 0;
			try {
				token = store.campaign(rollout, part, this.drivers.name(), lease);
			}
			finally {
				if (token == 0) {
					store.revoke(lease);
				}
			}
			if (token != 0) {
				logger.info("Rollout " + rollout.id() + " of " + rollout.author() + " is driven by this process");
				this.drivers.drive(rollout, token, lease);
			}
			return true;
		}
		catch (EtcdRequestException ex) {
			if (ex.reason() == Reason.PERMISSION_DENIED) {
				this.denied.add(rollout.id());
				logger.debug("Rollout " + rollout.id() + " cannot be driven by this process", ex);
				return true;
			}
			return false;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return true;
		}
	}

	@Override
	public void destroy() {
		this.timer.shutdownNow();
	}

}
