package io.github.etcdspring.client;

import org.crac.Context;
import org.crac.Resource;

import org.springframework.context.SmartLifecycle;

/**
 * Closes the connection before a checkpoint of the JVM (CRaC), which fails if sockets are
 * open, and reconnects after the restore. Any other stop leaves the connection open, as
 * it is used until the last bean is destroyed.
 * <p>
 * CRaC notifies resources in reverse order of registration, so this class is notified
 * before Spring stops the beans that use the connection.
 */
final class CheckpointLifecycle implements Resource, SmartLifecycle {

	private final RenewableClient client;

	private volatile boolean checkpoint;

	private volatile boolean running;

	CheckpointLifecycle(RenewableClient client) {
		this.client = client;
	}

	@Override
	public void beforeCheckpoint(Context<? extends Resource> context) {
		this.checkpoint = true;
		if (!this.running) {
			this.client.disconnect();
		}
	}

	@Override
	public void afterRestore(Context<? extends Resource> context) {
		this.checkpoint = false;
		this.client.connect();
	}

	@Override
	public void start() {
		this.client.connect();
		this.running = true;
	}

	@Override
	public void stop() {
		this.running = false;
		if (this.checkpoint) {
			this.client.disconnect();
		}
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	/** Started before, and stopped after, all beans that use the connection. */
	@Override
	public int getPhase() {
		return Integer.MIN_VALUE;
	}

}
