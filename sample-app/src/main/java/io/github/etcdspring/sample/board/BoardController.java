package io.github.etcdspring.sample.board;

import org.springframework.context.annotation.Profile;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * Where the page gets all that it shows.
 */
@RestController
@Profile("consumer")
final class BoardController {

	private final Board board;

	BoardController(Board board) {
		this.board = board;
	}

	@GetMapping(path = "/board/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	SseEmitter watch() {
		SseEmitter emitter = this.board.watch();
		if (emitter == null) {
			throw new ResponseStatusException(HttpStatus.SERVICE_UNAVAILABLE,
					"The board has " + Board.MOST_WATCHERS + " viewers at most, or is closing");
		}
		return emitter;
	}

}
