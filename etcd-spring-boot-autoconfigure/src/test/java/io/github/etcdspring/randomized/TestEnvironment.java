package io.github.etcdspring.randomized;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.randomized.Round.Turn;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import org.awaitility.Awaitility;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * An etcd, an observing application, a changing set of instances, and a proxy for the
 * network of each. Performs the rounds of a plan one after the other.
 */
final class TestEnvironment implements AutoCloseable {

	static final Duration TTL = Duration.ofSeconds(6);

	private static final int MAX_INSTANCES = 6;

	private static final int MAX_APPLICATIONS = 2;

	private static final int FLAPS = 5;

	private static final Duration FLAP = Duration.ofMillis(150);

	/** Maximum time until all changes have arrived, including expired leases. */
	private static final Duration SYNC_TIMEOUT = TTL.plusSeconds(14);

	/**
	 * Maximum time until a rollout has ended: another process takes over after the lease
	 * of its driver, and the steps take a few seconds.
	 */
	private static final Duration ROLLOUT_TIMEOUT = Duration.ofSeconds(45);

	/**
	 * Maximum time until an instance that has recovered is called: the longest ejection
	 * with its jitter, the timeout of a call that was under way, and time for the load.
	 */
	private static final Duration CALLED_TIMEOUT = ExpectedCalls.MAX_EJECTION.multipliedBy(6)
		.dividedBy(5)
		.plus(CallingClient.READ_TIMEOUT)
		.plusSeconds(2);

	private final Journal journal;

	private final Path folder;

	private final ExpectedInstances expectedInstances;

	private final ExpectedConfiguration expectedConfiguration;

	private final ExpectedCalls expectedCalls;

	private final ExpectedRollouts expectedRollouts;

	private final Deque<AutoCloseable> opened = new ArrayDeque<>();

	private final EtcdServer etcd;

	private final TcpProxy toObserver;

	private final TcpProxy toInstances;

	/** Connection for actions of an operator, not affected by network faults. */
	private final TestConnection operator;

	private final TestConnection instances;

	/** Servers of all running instances. */
	private final Map<String, InstanceServer> servers = new LinkedHashMap<>();

	private final Map<String, LightInstance> lightInstances = new LinkedHashMap<>();

	private final Map<String, InstanceFault> faults = new LinkedHashMap<>();

	private final Map<String, ConfigurableApplicationContext> applications = new LinkedHashMap<>();

	private final Observer observer;

	private final Readers readers;

	private Path snapshot;

	private int counter;

	TestEnvironment(Journal journal, Path folder) {
		this.journal = journal;
		this.folder = folder;
		this.expectedInstances = new ExpectedInstances(journal);
		this.expectedConfiguration = new ExpectedConfiguration(journal);
		this.expectedCalls = new ExpectedCalls(journal);
		this.etcd = open(EtcdServer.start());
		this.toObserver = open(TcpProxy.to(this.etcd.port()));
		this.toInstances = open(TcpProxy.to(this.etcd.port()));
		this.operator = open(TestConnection.to(this.etcd.endpoint()));
		this.expectedRollouts = new ExpectedRollouts(journal, this.operator);
		this.instances = open(TestConnection.to("http://127.0.0.1:" + this.toInstances.port()));
		retry(() -> this.expectedConfiguration.write(this.operator), "");
		this.observer = open(new Observer(this.toObserver.port(), startServer(Observer.ID)));
		this.expectedInstances.starts(Observer.ID, true);
		this.expectedInstances.started(Observer.ID);
		for (int i = 0; i < MAX_INSTANCES / 2; i++) {
			startInstance();
		}
		saveSnapshot();
		this.readers = Readers.start(this.journal, this.observer, this.expectedInstances, this.expectedConfiguration,
				this.expectedCalls);
	}

	private <T extends AutoCloseable> T open(T closeable) {
		this.opened.push(closeable);
		return closeable;
	}

	void play(Round round) {
		Fault fault = round.fault();
		if (fault != Fault.NONE) {
			this.journal.note(fault + ((fault.etcdStaysAvailable()) ? " for " + round.side() : ""));
			this.expectedInstances.faultStarted(fault, round.side());
			begin(fault, round.side());
		}
		long end = System.nanoTime() + round.length().toNanos();
		round.during().forEach(this::play);
		pause(Duration.ofNanos(end - System.nanoTime()));
		if (fault != Fault.NONE) {
			end(fault, round.side());
			this.expectedInstances.ends();
			this.journal.note("end of " + fault);
		}
		round.after().forEach(this::play);
		if (round.quiet()) {
			awaitConsistency();
		}
	}

	private void begin(Fault fault, NetworkSide side) {
		List<TcpProxy> proxies = proxies(side);
		if (fault.losesLeasesImmediately()) {
			this.expectedRollouts.beforeLoss(this.etcd);
		}
		switch (fault) {
			case CUT -> proxies.forEach(TcpProxy::cut);
			case REFUSE -> proxies.forEach((proxy) -> {
				proxy.refuse();
				proxy.cut();
			});
			case BLACKHOLE -> proxies.forEach((proxy) -> proxy.blackhole(true));
			case DELAY -> proxies.forEach((proxy) -> proxy.delay(Duration.ofMillis(150)));
			case KILL -> this.etcd.kill();
			case FREEZE -> this.etcd.freeze();
			case WIPE -> this.etcd.wipe();
			case RESTORE -> this.etcd.restoreSnapshot(this.snapshot);
			default -> throw new IllegalArgumentException(fault.name());
		}
	}

	private void end(Fault fault, NetworkSide side) {
		List<TcpProxy> proxies = proxies(side);
		switch (fault) {
			case CUT -> proxies.forEach(TcpProxy::cut);
			case REFUSE -> proxies.forEach(TcpProxy::accept);
			case BLACKHOLE -> proxies.forEach((proxy) -> proxy.blackhole(false));
			case DELAY -> proxies.forEach((proxy) -> proxy.delay(Duration.ZERO));
			case KILL -> this.etcd.restart();
			case FREEZE -> this.etcd.thaw();
			case WIPE -> {
				this.etcd.restart();
				this.expectedConfiguration.wiped();
			}
			case RESTORE -> {
				this.etcd.restart();
				this.expectedConfiguration.restored();
			}
			default -> throw new IllegalArgumentException(fault.name());
		}
	}

	private List<TcpProxy> proxies(NetworkSide side) {
		return switch (side) {
			case OBSERVER -> List.of(this.toObserver);
			case INSTANCES -> List.of(this.toInstances);
			case BOTH -> List.of(this.toObserver, this.toInstances);
		};
	}

	private void play(Turn turn) {
		pause(turn.pause());
		switch (turn.action()) {
			case START_INSTANCE -> startInstance();
			case STOP_INSTANCE -> endInstance(turn.choice(), true);
			case CRASH_INSTANCE -> endInstance(turn.choice(), false);
			case CHANGE_INSTANCE -> changeInstance(turn.choice());
			case REFUSE_CALLS -> beginFault(turn.choice(), InstanceFault.REFUSED);
			case FREEZE_INSTANCE -> beginFault(turn.choice(), InstanceFault.FROZEN);
			case UNPLUG_INSTANCE -> beginFault(turn.choice(), InstanceFault.UNREACHABLE);
			case FLAP_INSTANCE -> flap(turn.choice());
			case RECOVER_INSTANCES -> recoverInstances();
			case ISOLATE_OBSERVER -> isolateObserver(turn.choice());
			case START_APPLICATION -> startApplication();
			case STOP_APPLICATION -> stopApplication();
			case REVOKE_LEASE -> revokeLease(turn.choice());
			case DELETE_KEY -> deleteKey(turn.choice());
			case COMPACT -> compact();
			case WRITE_CONFIGURATION -> write("write", () -> this.expectedConfiguration.write(this.operator));
			case WRITE_BURST -> write("write often", () -> {
				for (int i = 0; i < 50; i++) {
					this.expectedConfiguration.write(this.operator);
				}
			});
			case DELETE_CONFIGURATION ->
				write("delete the configuration", () -> this.expectedConfiguration.delete(this.operator));
			case INVALID_VALUE ->
				write("write an invalid value", () -> this.expectedConfiguration.invalidate(this.operator, false));
			case INVALID_DOCUMENT ->
				write("write an invalid document", () -> this.expectedConfiguration.invalidate(this.operator, true));
			case START_ROLLOUT -> this.expectedRollouts.start(author(turn.choice()), turn.choice());
			case STOP_ROLLOUT -> this.expectedRollouts.stop(author(turn.choice()));
			case PROPOSE -> this.expectedRollouts.propose(author(turn.choice()));
			case SAVE_SNAPSHOT -> saveSnapshot();
		}
	}

	private void startInstance() {
		if (this.lightInstances.size() == MAX_INSTANCES) {
			return;
		}
		String id = "light-" + this.counter++;
		this.journal.note("start " + id);
		LightInstance instance = open(new LightInstance(id, startServer(id), this.instances));
		this.lightInstances.put(id, instance);
		this.expectedInstances.starts(id, false);
		instance.put(0);
		this.expectedInstances.started(id);
	}

	private void endInstance(int choice, boolean graceful) {
		if (this.lightInstances.size() > 1) {
			String id = choose(choice);
			this.journal.note(((graceful) ? "stop " : "crash ") + id);
			LightInstance instance = this.lightInstances.remove(id);
			this.expectedInstances.ends(id, graceful);
			if (graceful) {
				instance.stop();
				stopServer(id);
			}
			else {
				stopServer(id);
				instance.crash();
			}
		}
	}

	private void changeInstance(int choice) {
		String id = choose(choice);
		int version = ++this.counter;
		this.journal.note("change " + id + " to version " + version);
		this.expectedInstances.changes(id, version);
		this.lightInstances.get(id).put(version);
	}

	private InstanceServer startServer(String id) {
		InstanceServer server = open(new InstanceServer());
		this.expectedCalls.starts(id);
		this.servers.put(id, server);
		return server;
	}

	private void stopServer(String id) {
		this.expectedCalls.faultStarts(id, InstanceFault.REFUSED);
		this.faults.remove(id);
		this.servers.remove(id).close();
	}

	private void beginFault(int choice, InstanceFault fault) {
		String id = choose(choice);
		if (!this.faults.containsKey(id)) {
			this.journal.note(id + " is " + fault);
			beginFault(id, fault);
		}
	}

	private void beginFault(String id, InstanceFault fault) {
		this.faults.put(id, fault);
		this.expectedCalls.faultStarts(id, fault);
		this.servers.get(id).begin(fault);
	}

	private void endFault(String id) {
		this.servers.get(id).end(this.faults.remove(id));
		this.expectedCalls.faultEnded(id);
	}

	private void flap(int choice) {
		String id = choose(choice);
		if (!this.faults.containsKey(id)) {
			this.journal.note(id + " flaps");
			for (int i = 0; i < FLAPS; i++) {
				beginFault(id, InstanceFault.REFUSED);
				pause(FLAP);
				endFault(id);
				pause(FLAP);
			}
		}
	}

	private void recoverInstances() {
		if (!this.faults.isEmpty()) {
			this.journal.note("end of " + this.faults);
			List.copyOf(this.faults.keySet()).forEach(this::endFault);
		}
	}

	private void isolateObserver(int choice) {
		this.journal.note("the observer reaches no instance");
		List<String> cut = this.servers.keySet().stream().filter((id) -> !this.faults.containsKey(id)).toList();
		InstanceFault fault = (choice % 2 == 0) ? InstanceFault.REFUSED : InstanceFault.UNREACHABLE;
		cut.forEach((id) -> beginFault(id, fault));
		pause(Duration.ofMillis(choice));
		cut.forEach(this::endFault);
		this.journal.note("the observer reaches instances again");
	}

	private void startApplication() {
		if (this.applications.size() < MAX_APPLICATIONS) {
			String id = "application-" + this.counter++;
			this.journal.note("start " + id);
			this.expectedInstances.starts(id, false);
			this.applications.put(id,
					open(Observer.run(this.toInstances.port(), id, startServer(id), new Class<?>[0])));
			this.expectedInstances.started(id);
		}
	}

	/** Any application, which drives the rollouts that it starts. */
	private ConfigurableApplicationContext author(int choice) {
		List<ConfigurableApplicationContext> running = new ArrayList<>(this.applications.values());
		running.add(this.observer.context());
		return running.get(choice % running.size());
	}

	private void stopApplication() {
		for (String id : List.copyOf(this.applications.keySet()).stream().limit(1).toList()) {
			this.journal.note("stop " + id);
			this.expectedInstances.ends(id, true);
			this.applications.remove(id).close();
			stopServer(id);
		}
	}

	private void revokeLease(int choice) {
		String id = choose(choice);
		long lease = this.lightInstances.get(id).lease();
		this.journal.note("revoke the lease " + Long.toHexString(lease) + " of " + id);
		this.expectedInstances.keyRemoved(id);
		if (lease != 0) {
			retry(() -> this.etcd.etcdctl("lease", "revoke", Long.toHexString(lease)), "not found");
		}
	}

	private void deleteKey(int choice) {
		List<String> ids = List.copyOf(new TreeSet<>(this.expectedInstances.expected().keySet()));
		String id = ids.get(choice % ids.size());
		this.journal.note("delete the key of " + id);
		this.expectedInstances.keyRemoved(id);
		retry(() -> this.operator.delete(LightInstance.key(id)), "");
	}

	private void saveSnapshot() {
		Path file = this.folder.resolve("snapshot-" + this.counter++);
		this.journal.note("save a snapshot with " + this.expectedConfiguration);
		this.etcd.saveSnapshot(file);
		this.expectedConfiguration.saved();
		this.snapshot = file;
	}

	private void compact() {
		this.journal.note("compact");
		retry(this.operator::compact, "has been compacted");
	}

	private void write(String what, Runnable action) {
		this.journal.note(what);
		retry(action, "");
	}

	/**
	 * Retry an action until it succeeds.
	 * @param harmless part of the message of an exception that counts as success
	 */
	private static void retry(Runnable action, String harmless) {
		Awaitility.await().atMost(Duration.ofSeconds(20)).ignoreExceptions().until(() -> {
			try {
				action.run();
			}
			catch (RuntimeException ex) {
				if (harmless.isEmpty() || !String.valueOf(ex.getMessage()).contains(harmless)) {
					throw ex;
				}
			}
			return true;
		});
	}

	/**
	 * Wait until the catalog and the configuration equal the model and the content of
	 * etcd.
	 */
	void awaitConsistency() {
		recoverInstances();
		awaitRollouts();
		long before = System.nanoTime();
		for (String difference = difference(); !difference.isEmpty(); difference = difference()) {
			if (!this.journal.isClean()) {
				return;
			}
			if (undisturbedSince(before).compareTo(SYNC_TIMEOUT) > 0) {
				this.journal.violation("not consistent: " + difference);
				return;
			}
			pause(Duration.ofMillis(100));
		}
		this.expectedConfiguration.confirmed(this.observer.live());
		this.journal.note("consistent after " + Duration.ofNanos(System.nanoTime() - before).toMillis() + " ms, "
				+ this.expectedConfiguration + ", " + this.expectedInstances.expected());
		awaitCalls(before);
	}

	private void awaitRollouts() {
		long before = System.nanoTime();
		while (this.journal.isClean() && ExpectedRollouts.isUnderWay(this.etcd)) {
			if (undisturbedSince(before).compareTo(ROLLOUT_TIMEOUT) > 0) {
				this.journal.violation("a rollout has not ended");
			}
			pause(Duration.ofMillis(100));
		}
	}

	/**
	 * Wait until each instance has answered a call.
	 * @param since when the last fault ended
	 */
	private void awaitCalls(long since) {
		long before = System.nanoTime();
		for (Set<String> silent = silentSince(since); !silent.isEmpty(); silent = silentSince(since)) {
			if (!this.journal.isClean()) {
				return;
			}
			if (undisturbedSince(before).compareTo(CALLED_TIMEOUT) > 0) {
				this.journal.violation("instances without a fault are not called: " + silent);
				return;
			}
			pause(Duration.ofMillis(50));
		}
		this.journal.note("each instance is called after " + Duration.ofNanos(System.nanoTime() - since).toMillis()
				+ " ms, " + this.expectedCalls);
	}

	/**
	 * Return the time since then, or since the machine last suspended this process.
	 */
	private Duration undisturbedSince(long time) {
		return Duration.ofNanos(System.nanoTime() - Math.max(time, this.expectedInstances.undisturbedSince()));
	}

	private Set<String> silentSince(long time) {
		return this.expectedCalls.silentSince(this.expectedInstances.expected().keySet(), time);
	}

	private String difference() {
		Map<String, Integer> expected = this.expectedInstances.expected();
		Map<String, Integer> catalog = this.observer.catalog();
		if (!catalog.equals(expected)) {
			return "the catalog has " + catalog + " instead of " + expected;
		}
		for (Observer.Pair pair : List.of(this.observer.live(), this.observer.scoped(), this.observer.bean())) {
			if (!this.expectedConfiguration.isFinal(pair)) {
				return "applied is " + pair + " instead of " + this.expectedConfiguration;
			}
		}
		String rolledOut = this.expectedRollouts.difference(this.observer.trial(),
				this.expectedConfiguration.isValid());
		if (!rolledOut.isEmpty()) {
			return rolledOut;
		}
		if (!this.observer.isInFleet(this.operator)) {
			return "the fleet does not show the configuration of the observer: "
					+ this.operator.find(Observer.FLEET_KEY);
		}
		TreeSet<String> raw = Keys.of(this.etcd, Observer.SERVICE)
			.stream()
			.map((key) -> key.substring(key.lastIndexOf('/') + 1))
			.collect(Collectors.toCollection(TreeSet::new));
		return (raw.equals(expected.keySet())) ? "" : "etcd has " + raw + " instead of " + expected.keySet();
	}

	/**
	 * Describe what each side knows, to explain a violation.
	 */
	String state() {
		return "etcd has " + Keys.of(this.etcd, Observer.SERVICE) + ", the catalog has " + this.observer.catalog()
				+ " by " + this.observer.watches() + ", instances are " + this.lightInstances.values();
	}

	private String choose(int choice) {
		List<String> ids = List.copyOf(this.lightInstances.keySet());
		return ids.get(choice % ids.size());
	}

	static void pause(Duration length) {
		long end = System.nanoTime() + length.toNanos();
		for (long left = length.toNanos(); left > 0; left = end - System.nanoTime()) {
			LockSupport.parkNanos(left);
		}
	}

	@Override
	public void close() throws Exception {
		this.readers.close();
		while (!this.opened.isEmpty()) {
			this.opened.pop().close();
		}
	}

}
