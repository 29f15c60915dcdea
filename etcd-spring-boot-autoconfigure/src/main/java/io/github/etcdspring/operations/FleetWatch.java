package io.github.etcdspring.operations;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdProblem;
import io.github.etcdspring.fleet.FleetInstance;
import io.github.etcdspring.fleet.FleetKeys;
import io.github.etcdspring.fleet.FleetReader;
import io.github.etcdspring.mirror.KeyRange;
import io.github.etcdspring.mirror.Mirror;
import io.github.etcdspring.mirror.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * Watches the fleet until all instances that import one of some keys have answered.
 */
final class FleetWatch implements AutoCloseable {

	private final FleetKeys fleet;

	private final Set<String> keys;

	private final Predicate<FleetInstance> accepted;

	private final Predicate<FleetInstance> rejected;

	private final Mirror mirror;

	/**
	 * The instances that import one of the keys; confined to the thread of the mirror.
	 */
	private final Map<ByteSequence, FleetInstance> instances = new HashMap<>();

	private final CountDownLatch done = new CountDownLatch(1);

	private volatile @Nullable Answers answers;

	/**
	 * Create a watch.
	 * @param connection the connection to etcd
	 * @param fleet the keys of the fleet
	 * @param keys the keys of the configuration
	 * @param accepted whether an instance has accepted
	 * @param rejected whether an instance has rejected
	 */
	FleetWatch(EtcdConnection connection, FleetKeys fleet, Set<String> keys, Predicate<FleetInstance> accepted,
			Predicate<FleetInstance> rejected) {
		this.fleet = fleet;
		this.keys = keys;
		this.accepted = accepted;
		this.rejected = rejected;
		List<KeyRange> range = List.of(fleet.range());
		this.mirror = Mirror.withoutOutageLogging(connection, range, "fleet", this::changed);
	}

	/**
	 * Wait until all instances have answered.
	 * @param timeout how long to wait
	 * @return the answers so far
	 * @throws EtcdConfigException if the instances cannot be read, or if the thread is
	 * interrupted
	 */
	Answers await(Duration timeout) {
		this.mirror.start();
		try {
			boolean unused = this.done.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new EtcdConfigException("Failed to wait for the instances: the thread was interrupted", ex);
		}
		Answers last = this.answers;
		if (last == null) {
			EtcdProblem problem = this.mirror.status().problem();
			throw new EtcdConfigException(
					"Failed to read the instances under " + this.fleet.range() + ": "
							+ ((problem != null) ? problem.text() : "no answer within " + timeout.toMillis() + " ms"),
					null);
		}
		return last;
	}

	private void changed(Snapshot snapshot, Set<ByteSequence> changed) {
		for (ByteSequence key : changed) {
			KeyValue entry = snapshot.entries().get(key);
			FleetInstance instance = (entry != null) ? this.fleet.read(entry) : null;
			if (instance != null && this.keys.stream().anyMatch(instance::imports)) {
				this.instances.put(key, instance);
			}
			else {
				this.instances.remove(key);
			}
		}
		Answers now = evaluate();
		this.answers = now;
		if (now.unanswered().isEmpty()) {
			this.done.countDown();
		}
	}

	private Answers evaluate() {
		List<FleetInstance> accepting = new ArrayList<>();
		List<FleetInstance> rejecting = new ArrayList<>();
		List<FleetInstance> unanswered = new ArrayList<>();
		this.instances.values()
			.stream()
			.sorted(FleetReader.ORDER)
			.forEach((instance) -> ((this.accepted.test(instance)) ? accepting
					: (this.rejected.test(instance)) ? rejecting : unanswered)
				.add(instance));
		return new Answers(accepting, rejecting, unanswered);
	}

	@Override
	public void close() {
		this.mirror.close();
	}

	/**
	 * Answers of the live instances that import one of the keys.
	 *
	 * @param accepted instances that have accepted
	 * @param rejected instances that have rejected
	 * @param unanswered instances that have not answered yet
	 */
	record Answers(List<FleetInstance> accepted, List<FleetInstance> rejected, List<FleetInstance> unanswered) {

	}

}
