package io.github.etcdspring.client;

import com.google.protobuf.UnknownFieldSet;
import io.etcd.jetcd.api.WatchCreateRequest;
import io.etcd.jetcd.api.WatchRequest;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * One of the watches on a {@link SharedWatchStream}. For jetcd, it is a stream of its
 * own. The listener only queues responses, so it is called without flow control, on the
 * thread of the shared stream.
 */
final class SharedWatch extends ClientCall<WatchRequest, WatchResponse> {

	/** Field {@code fragment} of the request, which jetcd does not define. */
	private static final int FRAGMENT_REQUEST = 8;

	/** Field {@code fragment} of the response, which jetcd does not define. */
	private static final int FRAGMENT_RESPONSE = 7;

	private static final UnknownFieldSet FRAGMENTED = UnknownFieldSet.newBuilder()
		.addField(FRAGMENT_REQUEST, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
		.build();

	private final WatchMultiplexer multiplexer;

	private final CallOptions options;

	private final Channel channel;

	private @Nullable Listener<WatchResponse> listener;

	private @Nullable Metadata headers;

	private WatchCreateRequest request = WatchCreateRequest.getDefaultInstance();

	private volatile @Nullable SharedWatchStream stream;

	/** The fragments received so far. Confined to the thread of the shared stream. */
	private WatchResponse.@Nullable Builder fragments;

	private long fragmentsSize;

	SharedWatch(WatchMultiplexer multiplexer, CallOptions options, Channel channel) {
		this.multiplexer = multiplexer;
		this.options = options;
		this.channel = channel;
	}

	@Override
	public void start(Listener<WatchResponse> responseListener, Metadata headers) {
		this.listener = responseListener;
		this.headers = headers;
	}

	@Override
	public void sendMessage(WatchRequest message) {
		SharedWatchStream joined = this.stream;
		if (message.hasCreateRequest()) {
			this.request = message.getCreateRequest().toBuilder().setUnknownFields(FRAGMENTED).build();
			this.stream = this.multiplexer.join(this);
		}
		else if (message.hasProgressRequest() && joined != null) {
			joined.requestAnswer();
		}
	}

	/** Ends the watch. The listener is not called again, as jetcd has closed it. */
	@Override
	public void cancel(@Nullable String message, @Nullable Throwable cause) {
		SharedWatchStream joined = this.stream;
		if (joined != null) {
			joined.remove(this);
		}
	}

	@Override
	public void request(int messages) {
	}

	@Override
	public void halfClose() {
	}

	/** Open a stream with the credentials and headers of this watch. */
	SharedWatchStream openStream(int maxMessageSize) {
		Metadata metadata = (this.headers != null) ? this.headers : new Metadata();
		// listeners only queue responses, which needs no thread of its own
		CallOptions direct = this.options.withExecutor(Runnable::run);
		return SharedWatchStream.open(this.channel, direct, metadata, maxMessageSize, System::nanoTime);
	}

	WatchCreateRequest createRequest() {
		return this.request;
	}

	/**
	 * Deliver a response, or keep a fragment of it. The events of a transaction may be in
	 * several fragments.
	 * @return the size of the fragments that are kept
	 */
	long receive(WatchResponse response) {
		WatchResponse.Builder received = this.fragments;
		if (response.getUnknownFields().getField(FRAGMENT_RESPONSE).getVarintList().contains(1L)) {
			this.fragmentsSize += response.getSerializedSize();
			this.fragments = (received != null) ? received.addAllEvents(response.getEventsList())
					: response.toBuilder();
			return this.fragmentsSize;
		}
		this.fragments = null;
		this.fragmentsSize = 0;
		if (this.listener != null) {
			this.listener.onMessage((received != null && response.getEventsCount() > 0)
					? received.addAllEvents(response.getEventsList()).build() : response);
		}
		return 0;
	}

	/** Deliver a progress notification. */
	void receiveProgress(WatchResponse answer, long id) {
		if (this.fragments == null && this.listener != null) {
			this.listener.onMessage(WatchResponse.newBuilder().setHeader(answer.getHeader()).setWatchId(id).build());
		}
	}

	void close(Status status, Metadata trailers) {
		if (this.listener != null) {
			this.listener.onClose(status, trailers);
		}
	}

}
