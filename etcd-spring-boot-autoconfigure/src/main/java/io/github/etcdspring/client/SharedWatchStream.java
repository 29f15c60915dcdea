package io.github.etcdspring.client;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.WatchCancelRequest;
import io.etcd.jetcd.api.WatchCreateRequest;
import io.etcd.jetcd.api.WatchGrpc;
import io.etcd.jetcd.api.WatchProgressRequest;
import io.etcd.jetcd.api.WatchRequest;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * One gRPC stream with several watches, opened one after the other: a response to a
 * create request does not identify the request, and {@code etcd grpc-proxy} answers in
 * any order.
 * <p>
 * Liveness is checked with a create request for an empty range, which any peer answers
 * and which creates nothing. A progress request is answered neither by
 * {@code etcd grpc-proxy}, nor by etcd since 3.4.38, 3.5.22 and 3.6.2 while a watch
 * starts at the next revision of an idle store, and it crashes the proxy before 3.4.19.
 * <p>
 * Thread-safe. Listeners are called without a lock, on the thread of the connection,
 * which they must not block.
 */
final class SharedWatchStream extends ClientCall.Listener<WatchResponse> {

	/** Id of a response for no watch in particular. */
	private static final long NO_WATCH = -1;

	/**
	 * A peer that takes longer to answer when a watch is closed has probably been given
	 * up by that watch.
	 */
	private static final long OVERDUE = TimeUnit.SECONDS.toNanos(1);

	/**
	 * A watch that has been idle may ask for an answer before it has seen one that has
	 * just been delivered to it.
	 */
	private static final long DELIVERY = TimeUnit.MILLISECONDS.toNanos(50);

	/** As the end of a range, this means that there is no end. */
	private static final ByteString NO_END = ByteString.copyFrom(new byte[1]);

	private static final ByteString OTHER_KEY = ByteString.copyFrom(new byte[] { 1 });

	private final ClientCall<WatchRequest, WatchResponse> call;

	private final int maxMessageSize;

	private final LongSupplier clock;

	/** All watches that have not been closed. */
	private final Set<SharedWatch> watches = new LinkedHashSet<>();

	private final Queue<SharedWatch> unrequested = new ArrayDeque<>();

	private final Map<Long, SharedWatch> opened = new HashMap<>();

	/** The watch whose creation has been requested. */
	private @Nullable SharedWatch requested;

	/** Whether the answer to a create request is awaited. */
	private boolean unanswered;

	private long requestedAt;

	/** Whether the last request was a liveness check. */
	private boolean checked;

	/** Time of the last answer to a liveness check. */
	private long checkedAt;

	/** Start and end of an empty range that the user may read. */
	private ByteString emptyRange = OTHER_KEY;

	/** Whether etcd refuses create requests with the token of the stream. */
	private boolean tokenRefused;

	/** Whether no further watches are added. */
	private boolean retired;

	private boolean cancelled;

	private boolean hung;

	private SharedWatchStream(ClientCall<WatchRequest, WatchResponse> call, int maxMessageSize, LongSupplier clock) {
		this.call = call;
		this.maxMessageSize = maxMessageSize;
		this.clock = clock;
		this.checkedAt = clock.getAsLong() - DELIVERY;
	}

	static SharedWatchStream open(Channel channel, CallOptions options, Metadata headers, int maxMessageSize,
			LongSupplier clock) {
		// the stream outlives the context of its first watch
		Context previous = Context.ROOT.attach();
		try {
			SharedWatchStream stream = new SharedWatchStream(channel.newCall(WatchGrpc.getWatchMethod(), options),
					maxMessageSize, clock);
			stream.call.start(stream, headers);
			stream.call.request(1);
			return stream;
		}
		finally {
			Context.ROOT.detach(previous);
		}
	}

	/**
	 * Add a watch.
	 * @param watch the watch
	 * @return {@code false} if a new stream is necessary
	 */
	synchronized boolean add(SharedWatch watch) {
		if (this.retired) {
			return false;
		}
		if (this.watches.isEmpty()) {
			ByteString key = watch.createRequest().getKey();
			this.emptyRange = (key.isEmpty() || key.equals(NO_END)) ? OTHER_KEY : key;
		}
		this.watches.add(watch);
		this.unrequested.add(watch);
		requestNext();
		return true;
	}

	/**
	 * Make the peer answer, so that all watches receive a progress notification.
	 */
	synchronized void requestAnswer() {
		if (!this.unanswered && !this.cancelled && this.clock.getAsLong() - this.checkedAt >= DELIVERY) {
			WatchRequest.Builder request = WatchRequest.newBuilder();
			send(null, (this.tokenRefused) ? request.setProgressRequest(WatchProgressRequest.getDefaultInstance())
					: request.setCreateRequest(
							WatchCreateRequest.newBuilder().setKey(this.emptyRange).setRangeEnd(this.emptyRange)));
		}
	}

	/**
	 * End a watch. If the peer does not answer, the watches that are left end as well.
	 * @param watch the watch
	 */
	void remove(SharedWatch watch) {
		if (removeLast(watch)) {
			// without a lock, as it may call the listeners of the watches that are left
			this.call.cancel("watches closed", null);
		}
	}

	/** Return whether the stream ends with the watch. */
	private synchronized boolean removeLast(SharedWatch watch) {
		if (!this.watches.remove(watch) || this.cancelled) {
			return false;
		}
		this.unrequested.remove(watch);
		this.hung = this.unanswered && this.clock.getAsLong() - this.requestedAt > OVERDUE;
		if (this.hung || this.watches.isEmpty()) {
			this.retired = true;
			this.cancelled = true;
			return true;
		}
		this.opened.entrySet().stream().filter((entry) -> entry.getValue() == watch).findFirst().ifPresent((entry) -> {
			this.opened.remove(entry.getKey());
			cancel(entry.getKey());
		});
		return false;
	}

	private void requestNext() {
		SharedWatch next = (this.unanswered || this.cancelled) ? null : this.unrequested.poll();
		if (next != null) {
			send(next, WatchRequest.newBuilder().setCreateRequest(next.createRequest()));
		}
	}

	private void send(@Nullable SharedWatch watch, WatchRequest.Builder request) {
		this.requested = watch;
		this.checked = watch == null;
		this.unanswered = true;
		this.requestedAt = this.clock.getAsLong();
		this.call.sendMessage(request.build());
	}

	private void cancel(long id) {
		if (!this.cancelled) {
			this.call.sendMessage(
					WatchRequest.newBuilder().setCancelRequest(WatchCancelRequest.newBuilder().setWatchId(id)).build());
		}
	}

	@Override
	public void onMessage(WatchResponse response) {
		boolean answer = response.getCreated() || response.getWatchId() == NO_WATCH;
		SharedWatch watch = null;
		Map<Long, SharedWatch> others = Map.of();
		synchronized (this) {
			if (answer) {
				others = Map.copyOf(this.opened);
				watch = (response.getCreated()) ? created(response) : null;
			}
			else {
				watch = (response.getCanceled()) ? this.opened.remove(response.getWatchId())
						: this.opened.get(response.getWatchId());
			}
		}
		if (watch != null && watch.receive(response) > this.maxMessageSize) {
			end(watch, response.getWatchId());
		}
		others.forEach((id, other) -> other.receiveProgress(response, id));
		if (answer) {
			answered();
		}
		this.call.request(1);
	}

	/**
	 * Send the next request. Called after all watches have been notified, so that none of
	 * them asks for an answer that it is about to receive.
	 */
	private synchronized void answered() {
		// an open create request has an answer of its own
		this.unanswered &= this.requested != null;
		if (this.checked) {
			this.checkedAt = this.clock.getAsLong();
		}
		requestNext();
	}

	/**
	 * Take the answer to the last create request.
	 * @return the watch that it is for, {@code null} if there is none
	 */
	private @Nullable SharedWatch created(WatchResponse response) {
		SharedWatch created = this.requested;
		this.requested = null;
		if (response.getCanceled()) {
			boolean refused = created != null || isRefused(response.getCancelReason());
			// a stream keeps the token that it was opened with
			this.retired |= refused;
			// etcd, which sends its member id unlike a proxy, logs each refused token
			this.tokenRefused |= refused && created == null && response.getHeader().getMemberId() != 0;
			return created;
		}
		if (created == null || !this.watches.contains(created)) {
			cancel(response.getWatchId());
			return null;
		}
		this.opened.put(response.getWatchId(), created);
		return created;
	}

	private static boolean isRefused(String reason) {
		return !reason.isEmpty() && !reason.contains("range is empty");
	}

	private void end(SharedWatch watch, long id) {
		synchronized (this) {
			this.opened.remove(id);
			cancel(id);
		}
		watch.close(Status.RESOURCE_EXHAUSTED.withDescription("fragments are larger than max message size"),
				new Metadata());
	}

	@Override
	public void onClose(Status status, Metadata trailers) {
		List<SharedWatch> ended;
		Status reason;
		synchronized (this) {
			this.retired = true;
			this.cancelled = true;
			ended = List.copyOf(this.watches);
			this.watches.clear();
			this.unrequested.clear();
			this.opened.clear();
			reason = (this.hung) ? Status.UNAVAILABLE.withDescription("the watch stream is silent") : described(status);
		}
		ended.forEach((watch) -> watch.close(reason, trailers));
	}

	/**
	 * jetcd requires a description. Without it, the first watch fails to end the others.
	 */
	private static Status described(Status status) {
		return (status.getDescription() != null) ? status : status.withDescription(status.getCode().name());
	}

}
