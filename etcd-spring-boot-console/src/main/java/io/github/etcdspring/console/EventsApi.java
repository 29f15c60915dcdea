package io.github.etcdspring.console;

import java.time.Duration;

import org.springframework.http.HttpMethod;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * The event stream.
 */
final class EventsApi implements Api {

	/** The heartbeat detects a closed connection. */
	private static final Duration NO_TIMEOUT = Duration.ZERO;

	private final EventPublisher publisher;

	EventsApi(EventPublisher publisher) {
		this.publisher = publisher;
	}

	@Override
	public void addTo(Routes routes) {
		routes.add(HttpMethod.GET, "events", Role.VIEWER, (call) -> events());
	}

	private ServerResponse events() {
		if (!this.publisher.isOpen()) {
			throw new NotReadyException("The console is limited to " + EventPublisher.MAX_VIEWERS
					+ " concurrent viewers, or is shutting down");
		}
		return ServerResponse.sse(this.publisher::add, NO_TIMEOUT);
	}

}
