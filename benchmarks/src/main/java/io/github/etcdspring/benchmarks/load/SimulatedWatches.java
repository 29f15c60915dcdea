package io.github.etcdspring.benchmarks.load;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.api.Event;
import io.etcd.jetcd.api.WatchCreateRequest;
import io.etcd.jetcd.api.WatchGrpc;
import io.etcd.jetcd.api.WatchRequest;
import io.etcd.jetcd.api.WatchResponse;
import io.etcd.jetcd.options.OptionsUtil;
import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;

/**
 * The watches of an application on one stream. They are opened one after the other, and
 * have one liveness check after five silent seconds.
 */
final class SimulatedWatches implements StreamObserver<WatchResponse> {

	private static final long SILENCE_MILLIS = 5000;

	private static final ByteString EMPTY = ByteString.copyFromUtf8(Instances.PREFIX);

	private final CancellableContext context = Context.ROOT.withCancellation();

	private final SynchronousQueue<WatchResponse> created = new SynchronousQueue<>();

	private final Consumer<Event> first;

	private final Consumer<String> failures;

	private final ScheduledExecutorService scheduler;

	private final StreamObserver<WatchRequest> requests;

	private final LongAdder bytes = new LongAdder();

	private volatile long since = System.nanoTime();

	private volatile boolean closed;

	private ScheduledFuture<?> check;

	/**
	 * Open the stream.
	 * @param channel the connection
	 * @param scheduler runs the liveness checks
	 * @param first receives the events of the first watch
	 * @param failures receives failures
	 */
	SimulatedWatches(Channel channel, ScheduledExecutorService scheduler, Consumer<Event> first,
			Consumer<String> failures) {
		this.scheduler = scheduler;
		this.first = first;
		this.failures = failures;
		Metadata headers = new Metadata();
		headers.put(Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER), "true");
		Context previous = this.context.attach();
		try {
			this.requests = WatchGrpc.newStub(channel)
				.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
				.watch(this);
		}
		finally {
			this.context.detach(previous);
		}
		this.check = checkIn(SILENCE_MILLIS);
	}

	void open(ByteSequence key, boolean prefix, long revision) throws InterruptedException {
		WatchCreateRequest.Builder request = WatchCreateRequest.newBuilder()
			.setKey(ByteString.copyFrom(key.getBytes()))
			.setStartRevision(revision)
			.setProgressNotify(true);
		if (prefix) {
			request.setRangeEnd(ByteString.copyFrom(OptionsUtil.prefixEndOf(key).getBytes()));
		}
		send(request);
		if (this.created.poll(30, TimeUnit.SECONDS) == null) {
			throw new IllegalStateException("etcd did not open a watch");
		}
	}

	private synchronized void send(WatchCreateRequest.Builder request) {
		this.requests.onNext(WatchRequest.newBuilder().setCreateRequest(request).build());
	}

	private ScheduledFuture<?> checkIn(long millis) {
		return this.scheduler.schedule(this::check, millis, TimeUnit.MILLISECONDS);
	}

	private synchronized void check() {
		if (this.closed) {
			return;
		}
		long silent = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - this.since);
		if (silent >= SILENCE_MILLIS) {
			this.since = System.nanoTime();
			silent = 0;
			send(WatchCreateRequest.newBuilder().setKey(EMPTY).setRangeEnd(EMPTY));
		}
		this.check = checkIn(SILENCE_MILLIS - silent);
	}

	/** Return the size of all received messages. */
	long bytes() {
		return this.bytes.sum();
	}

	synchronized void close() {
		this.closed = true;
		this.check.cancel(false);
		this.context.cancel(null);
	}

	@Override
	public void onNext(WatchResponse response) {
		this.since = System.nanoTime();
		this.bytes.add(response.getSerializedSize());
		if (response.getCreated() && !response.getCanceled()) {
			try {
				this.created.offer(response, 30, TimeUnit.SECONDS);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}
		else if (response.getWatchId() == 0) {
			response.getEventsList().forEach(this.first);
		}
	}

	@Override
	public void onError(Throwable failure) {
		if (!this.closed) {
			this.failures.accept("A watch failed: " + failure);
		}
	}

	@Override
	public void onCompleted() {
		onError(new IllegalStateException("the stream was closed"));
	}

}
