package io.github.etcdspring.lock;

import java.util.List;
import java.util.function.Supplier;

import org.springframework.context.SmartLifecycle;

/**
 * Takes part in the election of leaders while the application runs. Starts after other
 * lifecycle beans, and stops before them, as the leader initiators of Spring Integration
 * do.
 */
final class LeaderElections implements SmartLifecycle {

	private final Supplier<List<LeaderElection>> factory;

	private volatile List<LeaderElection> elections = List.of();

	private volatile boolean running;

	LeaderElections(Supplier<List<LeaderElection>> factory) {
		this.factory = factory;
	}

	@Override
	public synchronized void start() {
		if (!this.running) {
			this.running = true;
			this.elections = this.factory.get();
			this.elections.forEach(LeaderElection::start);
		}
	}

	@Override
	public synchronized void stop() {
		this.running = false;
		this.elections.forEach(LeaderElection::stop);
		this.elections.forEach(LeaderElection::awaitStopped);
		this.elections = List.of();
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public int getPhase() {
		return Integer.MAX_VALUE - 1000;
	}

}
