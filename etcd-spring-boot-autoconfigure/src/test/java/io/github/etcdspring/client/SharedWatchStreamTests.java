package io.github.etcdspring.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.etcd.jetcd.api.WatchResponse;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class SharedWatchStreamTests {

	private final List<Object> sent = new ArrayList<>();

	private long now;

	private final SharedWatchStream stream = SharedWatchStream.open(new RecordingChannel(), CallOptions.DEFAULT,
			new Metadata(), 1000, () -> this.now);

	@Test
	void watchThatHasNotSeenTheLatestAnswerDoesNotRequestAnother() {
		this.stream.requestAnswer();
		this.stream.requestAnswer();
		assertThat(this.sent).hasSize(1);
		answer();
		this.now += Duration.ofMillis(49).toNanos();
		this.stream.requestAnswer();
		assertThat(this.sent).hasSize(1);
		this.now += Duration.ofMillis(1).toNanos();
		this.stream.requestAnswer();
		assertThat(this.sent).hasSize(2);
	}

	/** Answer like etcd: nothing is created for an empty range. */
	private void answer() {
		this.stream.onMessage(WatchResponse.newBuilder()
			.setWatchId(-1)
			.setCreated(true)
			.setCanceled(true)
			.setCancelReason("watch's range is empty")
			.build());
	}

	/**
	 * Records the requests of one stream.
	 */
	private final class RecordingChannel extends Channel {

		@Override
		public <Q, A> ClientCall<Q, A> newCall(MethodDescriptor<Q, A> method, CallOptions options) {
			return new ClientCall<>() {

				@Override
				public void start(Listener<A> listener, Metadata headers) {
				}

				@Override
				public void request(int messages) {
				}

				@Override
				public void cancel(@Nullable String message, @Nullable Throwable cause) {
				}

				@Override
				public void halfClose() {
				}

				@Override
				public void sendMessage(Q message) {
					SharedWatchStreamTests.this.sent.add(message);
				}

			};
		}

		@Override
		public String authority() {
			return "etcd";
		}

	}

}
