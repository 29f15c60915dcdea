package io.github.etcdspring.sample.board;

import org.springframework.context.annotation.Profile;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * Serves the event stream of the board.
 */
@RestController
@Profile("consumer")
final class BoardController {

	private final BoardPublisher publisher;

	BoardController(BoardPublisher publisher) {
		this.publisher = publisher;
	}

	@GetMapping(path = "/board/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	SseEmitter events() {
		SseEmitter emitter = this.publisher.subscribe();
		if (emitter == null) {
			throw new ResponseStatusException(HttpStatus.SERVICE_UNAVAILABLE, "The board is limited to "
					+ BoardPublisher.MAX_SUBSCRIBERS + " concurrent viewers, or is shutting down");
		}
		return emitter;
	}

}
