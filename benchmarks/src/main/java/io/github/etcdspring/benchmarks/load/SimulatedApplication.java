package io.github.etcdspring.benchmarks.load;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.api.Event;
import io.etcd.jetcd.api.LeaseGrpc;
import io.etcd.jetcd.api.LeaseKeepAliveRequest;
import io.etcd.jetcd.api.LeaseKeepAliveResponse;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.OptionsUtil;
import io.etcd.jetcd.options.PutOption;
import io.etcd.jetcd.options.TxnOption;
import io.github.etcdspring.registry.EtcdServiceInstance;
import io.grpc.Channel;
import io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;

/**
 * Sends the requests of an application with the starter over shared connections, and
 * stores only the number of instances.
 */
final class SimulatedApplication {

	private static final long TTL = 10;

	private static final long RECONCILE_MILLIS = 600_000;

	private static final long LIMIT = 10_000;

	private final Client client;

	private final Channel channel;

	private final ScheduledExecutorService scheduler;

	private final Consumer<String> failures;

	private final String name;

	private final List<ScheduledFuture<?>> tasks = new ArrayList<>();

	private final AtomicInteger instances = new AtomicInteger();

	private @Nullable SimulatedWatches watches;

	private int starts;

	private long lease;

	private @Nullable EtcdServiceInstance instance;

	/** Mod revision of its key. */
	private long written;

	private volatile boolean running;

	SimulatedApplication(Client client, Channel channel, ScheduledExecutorService scheduler, String name,
			Consumer<String> failures) {
		this.client = client;
		this.channel = channel;
		this.scheduler = scheduler;
		this.name = name;
		this.failures = failures;
	}

	/**
	 * Start and register as a new instance, with the requests of a real application.
	 */
	synchronized void start() throws Exception {
		this.running = true;
		ByteSequence services = Instances.bytes(Instances.PREFIX);
		List<ByteSequence> contexts = Stream
			.of("/config/application/", "/config/application,default/", "/config/" + this.name + "/",
					"/config/" + this.name + ",default/")
			.map(Instances::bytes)
			.toList();
		long imported = get(transaction(contexts, 0, false));
		GetResponse listed = get(list(services));
		this.instances.set((int) listed.getCount());
		SimulatedWatches opened = new SimulatedWatches(this.channel, this.scheduler, this::count, this::failed);
		this.watches = opened;
		opened.open(services, true, listed.getHeader().getRevision() + 1);
		get(confirm(services, true, listed.getHeader().getRevision()));
		ByteSequence overrides = Instances.bytes("/overrides/");
		long overridden = get(list(overrides)).getHeader().getRevision();
		opened.open(overrides, true, overridden + 1);
		get(confirm(overrides, true, overridden));
		for (ByteSequence context : contexts) {
			opened.open(context, true, imported + 1);
		}
		get(transaction(contexts, imported, true));
		register(opened);
		long third = TTL * 1000 / 3;
		// random phase, as in an application that has been running for some time
		every(third, ThreadLocalRandom.current().nextLong(third), this::renew);
		every(RECONCILE_MILLIS, ThreadLocalRandom.current().nextLong(RECONCILE_MILLIS), () -> list(services));
		every(RECONCILE_MILLIS, ThreadLocalRandom.current().nextLong(RECONCILE_MILLIS),
				() -> transaction(contexts, 0, false));
	}

	private void register(SimulatedWatches opened) throws Exception {
		EtcdServiceInstance registered = Instances.instance(this.name, this.starts++, 1);
		this.instance = registered;
		ByteSequence key = Instances.key(registered);
		this.lease = get(this.client.getLeaseClient().grant(TTL)).getID();
		this.written = get(write(key, 0,
				Op.put(key, Instances.value(registered), PutOption.builder().withLeaseId(this.lease).build())));
		long revision = get(this.client.getKVClient().get(key, GetOption.builder().withLimit(LIMIT).build()))
			.getHeader()
			.getRevision();
		opened.open(key, false, revision + 1);
		get(confirm(key, false, revision));
		publish(opened, key);
	}

	/** Publish the applied configuration, and watch that key as well. */
	private void publish(SimulatedWatches opened, ByteSequence key) throws Exception {
		ByteSequence value = Instances.bytes(("{\"applied\":%1$d,\"seen\":%1$d,\"version\":\"1\",\"zone\":\"a\","
				+ "\"imports\":[\"/config/application/\",\"/config/application,default/\",\"/config/%2$s/\","
				+ "\"/config/%2$s,default/\"]}")
			.formatted(this.written, this.name));
		ByteSequence published = fleetKey();
		get(write(published, 0, Op.put(published, value, PutOption.builder().withLeaseId(this.lease).build())));
		long revision = get(read(key, published));
		opened.open(published, false, revision + 1);
		get(read(key, published));
	}

	private ByteSequence fleetKey() {
		return Instances.bytes("/fleet/" + this.name + "/" + this.starts);
	}

	private CompletableFuture<Long> read(ByteSequence... keys) {
		return this.client.getKVClient()
			.txn(TxnOption.builder().withAutoRetry().build())
			.Then(Stream.of(keys).map((key) -> Op.get(key, GetOption.DEFAULT)).toArray(Op[]::new))
			.commit()
			.thenApply((response) -> response.getHeader().getRevision());
	}

	/**
	 * Deregister, as in a graceful shutdown.
	 */
	synchronized void stop() throws Exception {
		this.running = false;
		this.tasks.forEach((task) -> task.cancel(false));
		this.tasks.clear();
		EtcdServiceInstance registered = this.instance;
		if (registered != null) {
			ByteSequence key = Instances.key(registered);
			// tells callers that this is no crash
			long marked = get(
					write(key, this.written, Op.put(key, Instances.value(registered.withStatus("OUT_OF_SERVICE")),
							PutOption.builder().withLeaseId(this.lease).build())));
			// each event of one of the two keys causes a read of the other
			get(read(fleetKey()));
			get(write(key, marked, Op.delete(key, DeleteOption.DEFAULT)));
			get(read(fleetKey()));
		}
		SimulatedWatches opened = this.watches;
		if (opened != null) {
			opened.close();
		}
		get(this.client.getLeaseClient().revoke(this.lease));
	}

	/** Return the number of known instances. */
	int instances() {
		return this.instances.get();
	}

	private CompletableFuture<Long> write(ByteSequence key, long revision, Op write) {
		return this.client.getKVClient()
			.txn()
			.If(new Cmp(key, Cmp.Op.EQUAL, CmpTarget.modRevision(revision)))
			.Then(write)
			.Else(Op.get(key, GetOption.DEFAULT))
			.commit()
			.thenApply((response) -> response.getHeader().getRevision());
	}

	private CompletableFuture<GetResponse> list(ByteSequence prefix) {
		return this.client.getKVClient()
			.get(prefix, GetOption.builder().withRange(OptionsUtil.prefixEndOf(prefix)).withLimit(LIMIT).build());
	}

	private CompletableFuture<GetResponse> confirm(ByteSequence key, boolean prefix, long revision) {
		return this.client.getKVClient().get(key, newest(key, prefix, revision));
	}

	private static GetOption newest(ByteSequence key, boolean prefix, long revision) {
		GetOption.Builder option = GetOption.builder()
			.withRevision(revision)
			.withSortField(GetOption.SortTarget.MOD)
			.withSortOrder(GetOption.SortOrder.DESCEND)
			.withLimit(100);
		return ((prefix) ? option.withRange(OptionsUtil.prefixEndOf(key)) : option).build();
	}

	private CompletableFuture<Long> transaction(List<ByteSequence> prefixes, long revision, boolean newest) {
		Op[] gets = prefixes.stream()
			.map((prefix) -> Op.get(prefix,
					(newest) ? newest(prefix, true, revision)
							: GetOption.builder().withRange(OptionsUtil.prefixEndOf(prefix)).withLimit(LIMIT).build()))
			.toArray(Op[]::new);
		return this.client.getKVClient()
			.txn(TxnOption.builder().withAutoRetry().build())
			.Then(gets)
			.commit()
			.thenApply((response) -> response.getHeader().getRevision());
	}

	/** Unlike jetcd, the starter sends each renewal once. */
	private CompletableFuture<?> renew() {
		CompletableFuture<LeaseKeepAliveResponse> answer = new CompletableFuture<>();
		StreamObserver<LeaseKeepAliveRequest> renewal = LeaseGrpc.newStub(this.channel)
			.withDeadlineAfter(3, TimeUnit.SECONDS)
			.leaseKeepAlive(new StreamObserver<>() {

				@Override
				public void onNext(LeaseKeepAliveResponse response) {
					answer.complete(response);
				}

				@Override
				public void onError(Throwable failure) {
					answer.completeExceptionally(failure);
				}

				@Override
				public void onCompleted() {
					answer.completeExceptionally(new IllegalStateException("no answer"));
				}

			});
		renewal.onNext(LeaseKeepAliveRequest.newBuilder().setID(this.lease).build());
		return answer.whenComplete((response, ex) -> renewal.onCompleted());
	}

	private void failed(String failure) {
		if (this.running) {
			this.failures.accept(this.name + ": " + failure);
		}
	}

	private void count(Event event) {
		if (event.getType() == Event.EventType.DELETE) {
			this.instances.decrementAndGet();
		}
		else if (event.getKv().getCreateRevision() == event.getKv().getModRevision()) {
			this.instances.incrementAndGet();
		}
	}

	private void every(long millis, long first, Request request) {
		this.tasks.add(this.scheduler.scheduleAtFixedRate(() -> request.send().whenComplete((answer, ex) -> {
			if (ex != null) {
				failed(String.valueOf(ex));
			}
		}), first, millis, TimeUnit.MILLISECONDS));
	}

	private static <T> T get(CompletableFuture<T> future) throws Exception {
		return future.get(30, TimeUnit.SECONDS);
	}

	/**
	 * A periodic request.
	 */
	@FunctionalInterface
	private interface Request {

		CompletableFuture<?> send();

	}

}
