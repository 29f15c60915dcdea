package io.github.etcdspring.console;

import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.web.servlet.function.ServerResponse.SseBuilder;

/**
 * The event stream of one browser. Sends only the latest state, so that a slow browser
 * skips intermediate states and blocks nobody.
 */
final class EventViewer {

	private final SseBuilder events;

	private final Executor executor;

	private final Supplier<State> state;

	private @Nullable State sent;

	private boolean stateDue;

	private boolean heartbeatDue;

	private boolean sending;

	private boolean completing;

	EventViewer(SseBuilder events, Executor executor, Supplier<State> state) {
		this.events = events;
		this.executor = executor;
		this.state = state;
	}

	synchronized void sendState() {
		this.stateDue = true;
		sendSoon();
	}

	/**
	 * Return whether the browser has another state.
	 * @param now the current state
	 * @return {@code false} also if nothing has been sent yet
	 */
	synchronized boolean isOutdated(State now) {
		return this.sent != null && !this.sent.equals(now);
	}

	/** Detects a closed connection. */
	synchronized void sendHeartbeat() {
		this.heartbeatDue = true;
		sendSoon();
	}

	synchronized void complete() {
		this.completing = true;
		sendSoon();
	}

	private void sendSoon() {
		if (!this.sending) {
			try {
				this.executor.execute(this::send);
				this.sending = true;
			}
			catch (RejectedExecutionException ex) {
				// no thread is free: the next heartbeat tries again
			}
		}
	}

	private void send() {
		try {
			while (takeDue()) {
				sendDue();
			}
			if (isCompleting()) {
				this.events.complete();
			}
		}
		catch (IOException ex) {
			// the browser has disconnected, which the web server reports
		}
		catch (RuntimeException ex) {
			this.events.error(ex);
		}
	}

	private synchronized boolean takeDue() {
		this.sending = this.stateDue || this.heartbeatDue;
		return this.sending;
	}

	private void sendDue() throws IOException {
		State next;
		synchronized (this) {
			next = (this.stateDue) ? this.state.get() : null;
			this.sent = (next != null) ? next : this.sent;
			this.stateDue = false;
			this.heartbeatDue = false;
		}
		if (next != null) {
			this.events.event("state").data(next);
		}
		else {
			this.events.comment("").send();
		}
	}

	private synchronized boolean isCompleting() {
		return this.completing;
	}

}
