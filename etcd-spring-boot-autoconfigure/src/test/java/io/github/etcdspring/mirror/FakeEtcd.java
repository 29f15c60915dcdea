package io.github.etcdspring.mirror;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.Event;
import io.etcd.jetcd.api.Event.EventType;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeRequest.SortTarget;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.ResponseHeader;
import io.etcd.jetcd.api.ResponseOp;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.TxnResponse;
import io.etcd.jetcd.api.WatchCreateRequest;
import io.etcd.jetcd.api.WatchGrpc;
import io.etcd.jetcd.api.WatchRequest;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;

/**
 * A fake etcd that stores keys and serves watches, with scripted failures that a real
 * etcd does not produce on demand.
 */
final class FakeEtcd implements AutoCloseable {

	private final List<Event> history = new ArrayList<>();

	private final Deque<Consumer<WatchCall>> scripts = new ArrayDeque<>();

	private final List<WatchCall> watches = new ArrayList<>();

	private final List<Long> startRevisions = new CopyOnWriteArrayList<>();

	private final AtomicInteger openStreams = new AtomicInteger();

	private final AtomicInteger transactions = new AtomicInteger();

	private final Server server;

	private final AtomicInteger reads = new AtomicInteger();

	private final Set<String> forbidden = ConcurrentHashMap.newKeySet();

	private final Queue<Status> refusals = new ConcurrentLinkedQueue<>();

	private volatile List<String> lastTransaction = List.of();

	private volatile int maxKeys = Integer.MAX_VALUE;

	private volatile Status refusal = Status.OK;

	private long revision = 1;

	FakeEtcd() {
		try {
			this.server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
				.addService(new Keys())
				.addService(new Watches())
				.build()
				.start();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	int port() {
		return this.server.getPort();
	}

	String endpoint() {
		return "http://127.0.0.1:" + port();
	}

	/**
	 * Adds a script for one of the next watches. Without a script, a watch is served
	 * normally.
	 */
	synchronized FakeEtcd onWatch(Consumer<WatchCall> script) {
		this.scripts.add(script);
		return this;
	}

	synchronized void put(String key, String value) {
		putTogether(value, key);
	}

	/** Puts in one transaction. */
	synchronized void putTogether(String value, String... keys) {
		this.revision++;
		List<Event> events = new ArrayList<>();
		for (String key : keys) {
			events.add(event(key, value));
		}
		this.history.addAll(events);
		this.watches.forEach((watch) -> watch.send(events));
	}

	private Event event(String key, String value) {
		KeyValue keyValue = KeyValue.newBuilder()
			.setKey(ByteString.copyFromUtf8(key))
			.setValue(ByteString.copyFromUtf8(value))
			.setCreateRevision(this.revision)
			.setModRevision(this.revision)
			.build();
		return Event.newBuilder().setType(EventType.PUT).setKv(keyValue).build();
	}

	/** Puts a key without sending events. */
	synchronized void putWithoutEvent(String key, String value) {
		List<WatchCall> open = List.copyOf(this.watches);
		this.watches.clear();
		put(key, value);
		this.watches.addAll(open);
	}

	/** Sends all events again. */
	synchronized void resendEvents() {
		this.watches.forEach((watch) -> watch.send(this.history));
	}

	/** Replaces the store with an empty one. */
	synchronized void wipe() {
		this.history.clear();
		this.revision = 1;
	}

	/** Ends all watches with the given action. */
	synchronized void endWatches(Consumer<WatchCall> end) {
		List.copyOf(this.watches).forEach(end);
	}

	/**
	 * Returns the start revision of each watch in the order of the attempts.
	 */
	List<Long> startRevisions() {
		return this.startRevisions;
	}

	/** Returns the number of transactions that read several ranges. */
	int transactions() {
		return this.transactions.get();
	}

	/** Returns the keys or prefixes that the last transaction has read. */
	List<String> lastTransaction() {
		return this.lastTransaction;
	}

	/** Refuses transactions with a status, or accepts them again if it is OK. */
	void refuseTransactions(Status refusal) {
		this.refusal = refusal;
	}

	/** Returns the number of requests that read one range. */
	int reads() {
		return this.reads.get();
	}

	/** Refuses the next reads of one range with a status. */
	void refuseReads(Status status, int times) {
		for (int i = 0; i < times; i++) {
			this.refusals.add(status);
		}
	}

	/** Refuses answers with more keys as too large for a message. */
	void limitKeysPerAnswer(int keys) {
		this.maxKeys = keys;
	}

	/** Forbids to read a prefix; open watches stay open. */
	void forbid(String prefix) {
		this.forbidden.add(prefix);
	}

	void permit(String prefix) {
		this.forbidden.remove(prefix);
	}

	private Status refusal(RangeRequest request) {
		if (this.forbidden.contains(request.getKey().toStringUtf8())) {
			return Status.PERMISSION_DENIED.withDescription("etcdserver: permission denied");
		}
		if (request.getRevision() > this.revision) {
			return Status.OUT_OF_RANGE.withDescription("etcdserver: mvcc: required revision is a future revision");
		}
		return Status.OK;
	}

	/** Returns the number of watches that receive events. */
	synchronized int openWatches() {
		return this.watches.size();
	}

	/** Returns the number of streams that the client has not ended. */
	int openStreams() {
		return this.openStreams.get();
	}

	@Override
	public void close() {
		this.server.shutdownNow();
	}

	private static boolean isWithin(KeyValue keyValue, ByteString start, ByteString end) {
		if (end.isEmpty()) {
			return keyValue.getKey().equals(start);
		}
		Comparator<ByteString> order = ByteString.unsignedLexicographicalComparator();
		return order.compare(start, keyValue.getKey()) <= 0 && order.compare(keyValue.getKey(), end) < 0;
	}

	private synchronized ResponseHeader header() {
		return ResponseHeader.newBuilder().setClusterId(1).setMemberId(1).setRevision(this.revision).build();
	}

	/**
	 * A watch that a client has requested.
	 */
	final class WatchCall {

		private final ServedStream stream;

		private final WatchCreateRequest request;

		private final long id;

		private WatchCall(ServedStream stream, WatchCreateRequest request, long id) {
			this.stream = stream;
			this.request = request;
			this.id = id;
		}

		/** Returns the key or prefix that is watched. */
		String watched() {
			return this.request.getKey().toStringUtf8();
		}

		void serve() {
			created();
			synchronized (FakeEtcd.this) {
				List<Event> missed = FakeEtcd.this.history.stream()
					.filter((event) -> event.getKv().getModRevision() >= this.request.getStartRevision())
					.toList();
				send(missed);
				FakeEtcd.this.watches.add(this);
			}
		}

		void created() {
			respond(WatchResponse.newBuilder().setCreated(true));
		}

		void createdAndCanceled(String reason) {
			this.stream.end(this);
			this.stream.refuse(reason);
		}

		void canceled() {
			respond(WatchResponse.newBuilder().setCanceled(true));
		}

		/** Ends the stream of this watch. */
		void fail(Status status) {
			this.stream.end((client) -> client.onError(status.asRuntimeException()));
		}

		/** Ends the stream of this watch. */
		void complete() {
			this.stream.end(StreamObserver::onCompleted);
		}

		private void send(List<Event> events) {
			List<Event> wanted = events.stream()
				.filter((event) -> isWithin(event.getKv(), this.request.getKey(), this.request.getRangeEnd()))
				.toList();
			if (!wanted.isEmpty()) {
				respond(WatchResponse.newBuilder().addAllEvents(wanted));
			}
		}

		private void respond(WatchResponse.Builder response) {
			this.stream.respond(response.setWatchId(this.id));
		}

	}

	/**
	 * A stream of watches, whose requests are answered in order.
	 */
	private final class ServedStream implements StreamObserver<WatchRequest> {

		private final ServerCallStreamObserver<WatchResponse> client;

		private final List<WatchCall> calls = new ArrayList<>();

		private long nextId;

		private boolean ended;

		private ServedStream(StreamObserver<WatchResponse> client) {
			this.client = (ServerCallStreamObserver<WatchResponse>) client;
		}

		@Override
		public void onNext(WatchRequest request) {
			if (request.hasCancelRequest()) {
				cancel(request.getCancelRequest().getWatchId());
				return;
			}
			WatchCreateRequest create = request.getCreateRequest();
			if (!isEmpty(create)) {
				open(create);
			}
			else if (isServed()) {
				refuse("mvcc: watcher range is empty");
			}
		}

		private boolean isServed() {
			synchronized (FakeEtcd.this) {
				return FakeEtcd.this.watches.containsAll(this.calls);
			}
		}

		private static boolean isEmpty(WatchCreateRequest request) {
			return !request.getKey().isEmpty() && request.getKey().equals(request.getRangeEnd());
		}

		private void open(WatchCreateRequest request) {
			WatchCall call = new WatchCall(this, request, this.nextId++);
			FakeEtcd.this.startRevisions.add(request.getStartRevision());
			if (FakeEtcd.this.forbidden.contains(call.watched())) {
				call.createdAndCanceled("rpc error: code = PermissionDenied desc = etcdserver: permission denied");
				return;
			}
			Consumer<WatchCall> script;
			synchronized (FakeEtcd.this) {
				this.calls.add(call);
				script = FakeEtcd.this.scripts.poll();
			}
			if (script != null) {
				script.accept(call);
			}
			else {
				call.serve();
			}
		}

		private void cancel(long id) {
			synchronized (FakeEtcd.this) {
				this.calls.stream().filter((call) -> call.id == id).toList().forEach((call) -> {
					end(call);
					call.canceled();
				});
			}
		}

		private void end(WatchCall call) {
			synchronized (FakeEtcd.this) {
				FakeEtcd.this.watches.remove(call);
				this.calls.remove(call);
			}
		}

		private void refuse(String reason) {
			respond(WatchResponse.newBuilder()
				.setCreated(true)
				.setCanceled(true)
				.setWatchId(-1)
				.setCancelReason(reason));
		}

		private void respond(WatchResponse.Builder response) {
			synchronized (FakeEtcd.this) {
				if (!this.ended && !this.client.isCancelled()) {
					this.client.onNext(response.setHeader(header()).build());
				}
			}
		}

		private void end(Consumer<StreamObserver<WatchResponse>> end) {
			synchronized (FakeEtcd.this) {
				FakeEtcd.this.watches.removeAll(this.calls);
				if (!this.ended) {
					this.ended = true;
					end.accept(this.client);
				}
			}
		}

		@Override
		public void onError(Throwable ex) {
			FakeEtcd.this.openStreams.decrementAndGet();
			synchronized (FakeEtcd.this) {
				FakeEtcd.this.watches.removeAll(this.calls);
			}
		}

		@Override
		public void onCompleted() {
			// etcd keeps a half-closed stream
		}

	}

	private final class Watches extends WatchGrpc.WatchImplBase {

		@Override
		public StreamObserver<WatchRequest> watch(StreamObserver<WatchResponse> client) {
			FakeEtcd.this.openStreams.incrementAndGet();
			return new ServedStream(client);
		}

	}

	private final class Keys extends KVGrpc.KVImplBase {

		@Override
		public void range(RangeRequest request, StreamObserver<RangeResponse> client) {
			synchronized (FakeEtcd.this) {
				FakeEtcd.this.reads.incrementAndGet();
				Status next = FakeEtcd.this.refusals.poll();
				Status refused = (next != null) ? next : refusal(request);
				RangeResponse answer = answer(request);
				if (refused.isOk() && answer.getKvsCount() > FakeEtcd.this.maxKeys) {
					refused = Status.RESOURCE_EXHAUSTED
						.withDescription("grpc: trying to send message larger than max (2 vs. 1)");
				}
				if (!refused.isOk()) {
					client.onError(refused.asRuntimeException());
					return;
				}
				client.onNext(answer);
				client.onCompleted();
			}
		}

		@Override
		public void txn(TxnRequest request, StreamObserver<TxnResponse> client) {
			FakeEtcd.this.transactions.incrementAndGet();
			FakeEtcd.this.lastTransaction = request.getSuccessList()
				.stream()
				.map((read) -> read.getRequestRange().getKey().toStringUtf8())
				.toList();
			synchronized (FakeEtcd.this) {
				Status refused = FakeEtcd.this.refusal;
				for (RequestOp read : request.getSuccessList()) {
					refused = (refused.isOk()) ? refusal(read.getRequestRange()) : refused;
				}
				if (!refused.isOk()) {
					client.onError(refused.asRuntimeException());
					return;
				}
				TxnResponse.Builder response = TxnResponse.newBuilder().setHeader(header()).setSucceeded(true);
				request.getSuccessList()
					.forEach((read) -> response
						.addResponses(ResponseOp.newBuilder().setResponseRange(answer(read.getRequestRange()))));
				client.onNext(response.build());
				client.onCompleted();
			}
		}

		private RangeResponse answer(RangeRequest request) {
			TreeMap<String, KeyValue> found = new TreeMap<>();
			for (Event event : FakeEtcd.this.history) {
				if (isWithin(event.getKv(), request.getKey(), request.getRangeEnd())
						&& (request.getRevision() == 0 || event.getKv().getModRevision() <= request.getRevision())) {
					found.put(event.getKv().getKey().toStringUtf8(), event.getKv());
				}
			}
			List<KeyValue> kvs = new ArrayList<>(found.values());
			if (request.getSortTarget() == SortTarget.MOD) {
				kvs.sort(Comparator.comparingLong(KeyValue::getModRevision).reversed());
			}
			kvs.removeIf((keyValue) -> keyValue.getModRevision() < request.getMinModRevision());
			if (request.getLimit() > 0 && kvs.size() > request.getLimit()) {
				kvs = kvs.subList(0, (int) request.getLimit());
			}
			return RangeResponse.newBuilder()
				.setHeader(header())
				.addAllKvs(kvs)
				.setCount(found.size())
				.setMore(kvs.size() < found.size())
				.build();
		}

	}

}
