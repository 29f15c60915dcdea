package io.github.etcdspring.rollout;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.fleet.FleetReader;
import io.github.etcdspring.operations.ConfigWriter;

import org.springframework.beans.factory.DisposableBean;

/**
 * The rollouts that this process drives.
 */
final class RolloutDrivers implements DisposableBean {

	private final RolloutStore store;

	private final FleetReader fleet;

	private final String name;

	private final Duration answerTimeout;

	private final Map<String, RolloutDriver> drivers = new ConcurrentHashMap<>();

	private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

	private boolean closed;

	/**
	 * Create the owner of all drivers.
	 * @param connection the connection to etcd
	 * @param writer writes the changes of a rollout for all
	 * @param fleet reads the fleet
	 * @param name name of this process, for operators
	 */
	RolloutDrivers(EtcdConnection connection, ConfigWriter writer, FleetReader fleet, String name) {
		this(connection, writer, fleet, name, RolloutProgress.ANSWER_TIMEOUT);
	}

	/**
	 * Create the owner of all drivers with another timeout.
	 * @param connection the connection to etcd
	 * @param writer writes the changes of a rollout for all
	 * @param fleet reads the fleet
	 * @param name name of this process, for operators
	 * @param answerTimeout how long to wait until an instance has applied the changes
	 */
	RolloutDrivers(EtcdConnection connection, ConfigWriter writer, FleetReader fleet, String name,
			Duration answerTimeout) {
		this.store = new RolloutStore(connection, writer);
		this.fleet = fleet;
		this.name = name;
		this.answerTimeout = answerTimeout;
	}

	RolloutStore store() {
		return this.store;
	}

	FleetReader fleet() {
		return this.fleet;
	}

	String name() {
		return this.name;
	}

	boolean isDriving(String id) {
		return this.drivers.containsKey(id);
	}

	/**
	 * Drive a rollout until it ends, or another process does.
	 * @param rollout the rollout
	 * @param token create revision of the key of the driver
	 * @param driverLease its lease
	 */
	synchronized void drive(Rollout rollout, long token, long driverLease) {
		if (this.closed) {
			return;
		}
		RolloutDriver driver = new RolloutDriver(this.store, this.fleet.keys(), rollout, token, driverLease,
				new RolloutProgress(this.answerTimeout), this::ended);
		this.drivers.put(rollout.id(), driver);
		driver.start();
	}

	private void ended(RolloutDriver driver) {
		this.drivers.remove(driver.id(), driver);
		this.listeners.forEach(Runnable::run);
	}

	/**
	 * Add a callback for a rollout that this process no longer drives.
	 * @param listener called on the thread of the driver; must neither block nor throw
	 */
	void addListener(Runnable listener) {
		this.listeners.add(listener);
	}

	@Override
	public void destroy() {
		List<RolloutDriver> open;
		synchronized (this) {
			this.closed = true;
			open = new ArrayList<>(this.drivers.values());
		}
		open.forEach(RolloutDriver::close);
	}

}
