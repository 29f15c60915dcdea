package io.github.etcdspring.client;

import org.crac.Context;
import org.crac.Resource;

import org.springframework.context.SmartLifecycle;

/**
 * Disconnects for a checkpoint of the JVM (CRaC), which open sockets prevent, and
 * connects again after the restore. Any other stop leaves the connection open: services
 * can be called until the last bean is destroyed.
 * <p>
 * CRaC notifies first what was registered last, so a checkpoint is known here before
 * Spring stops the beans that use the connection.
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

	/** Before, and after, all that uses the connection. */
	@Override
	public int getPhase() {
		return Integer.MIN_VALUE;
	}

}
