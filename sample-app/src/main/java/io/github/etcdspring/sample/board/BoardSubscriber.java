package io.github.etcdspring.sample.board;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;

import org.springframework.http.MediaType;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * The event stream of one browser. Sends only the latest content of each changed topic,
 * so that a slow browser skips intermediate states and blocks nobody.
 */
final class BoardSubscriber {

	/** The message sent every second detects a closed connection. */
	private static final long NO_TIMEOUT = 0;

	private final SseEmitter emitter = new SseEmitter(NO_TIMEOUT);

	private final Executor executor;

	private final Function<Topic, Object> content;

	private final Set<Topic> due = EnumSet.noneOf(Topic.class);

	private boolean sending;

	private boolean completing;

	BoardSubscriber(Executor executor, Function<Topic, Object> content, Runnable onDisconnect) {
		this.executor = executor;
		this.content = content;
		this.emitter.onCompletion(onDisconnect);
		this.emitter.onTimeout(onDisconnect);
		this.emitter.onError((ex) -> onDisconnect.run());
	}

	SseEmitter emitter() {
		return this.emitter;
	}

	/**
	 * Schedule sending.
	 * @param topics the changed topics
	 */
	synchronized void publish(Collection<Topic> topics) {
		this.due.addAll(topics);
		sendSoon();
	}

	/**
	 * Send what is due, then complete the stream.
	 */
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
				// No thread is free: the next second tries again.
			}
		}
	}

	private void send() {
		try {
			for (List<Topic> topics = takeDue(); !topics.isEmpty(); topics = takeDue()) {
				for (Topic topic : topics) {
					this.emitter.send(SseEmitter.event()
						.name(topic.event())
						.data(this.content.apply(topic), MediaType.APPLICATION_JSON));
				}
			}
			if (isCompleting()) {
				this.emitter.complete();
			}
		}
		catch (IOException ex) {
			// The browser has disconnected; the web server notifies the emitter.
		}
		catch (RuntimeException ex) {
			this.emitter.completeWithError(ex);
		}
	}

	/** Returns the due topics; if there are none, the next publish starts a new run. */
	private synchronized List<Topic> takeDue() {
		List<Topic> topics = new ArrayList<>(this.due);
		this.due.clear();
		this.sending = !topics.isEmpty();
		return topics;
	}

	private synchronized boolean isCompleting() {
		return this.completing;
	}

}
