package io.github.etcdspring.randomized;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.lease.LeaseSession;
import io.github.etcdspring.randomized.Round.Turn;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import org.awaitility.Awaitility;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * An etcd, an application that looks at it, instances that come and go, and a network for
 * each of the two; does what a plan says, one step after the other.
 */
final class World implements AutoCloseable {

	static final Duration TTL = Duration.ofSeconds(6);

	private static final int MOST_INSTANCES = 6;

	private static final int MOST_APPLICATIONS = 2;

	/** Until all has come to rest; the last key of a dead instance has to expire. */
	private static final Duration REST = TTL.plusSeconds(14);

	private final Journal journal;

	private final Path folder;

	private final Fleet fleet;

	private final Numbers numbers;

	private final Deque<AutoCloseable> opened = new ArrayDeque<>();

	private final EtcdServer etcd;

	private final TcpProxy toObserver;

	private final TcpProxy toInstances;

	/** Of whoever writes by hand; the network does not affect it. */
	private final TestConnection operator;

	private final TestConnection instances;

	private final Map<String, LeaseSession> sessions = new LinkedHashMap<>();

	private final Map<String, ConfigurableApplicationContext> applications = new LinkedHashMap<>();

	private final Observer observer;

	private final Watchers watchers;

	private Path snapshot;

	private int counter;

	World(Journal journal, Path folder) {
		this.journal = journal;
		this.folder = folder;
		this.fleet = new Fleet(journal);
		this.numbers = new Numbers(journal);
		this.etcd = open(EtcdServer.start());
		this.toObserver = open(TcpProxy.to(this.etcd.port()));
		this.toInstances = open(TcpProxy.to(this.etcd.port()));
		this.operator = open(TestConnection.to(this.etcd.endpoint()));
		this.instances = open(TestConnection.to("http://127.0.0.1:" + this.toInstances.port()));
		insist(() -> this.numbers.write(this.operator), "");
		this.observer = open(new Observer(this.toObserver.port()));
		this.fleet.starts(Observer.ID, true);
		this.fleet.started(Observer.ID);
		for (int i = 0; i < MOST_INSTANCES / 2; i++) {
			startInstance();
		}
		saveSnapshot();
		this.watchers = Watchers.start(this.journal, this.observer, this.fleet, this.numbers);
	}

	private <T extends AutoCloseable> T open(T closeable) {
		this.opened.push(closeable);
		return closeable;
	}

	void play(Round round) {
		Fault fault = round.fault();
		if (fault != Fault.NONE) {
			this.journal.note(fault + ((fault.leavesEtcdAlone()) ? " for " + round.side() : ""));
			this.fleet.begins(fault, round.side());
			begin(fault, round.side());
		}
		long end = System.nanoTime() + round.length().toNanos();
		round.during().forEach(this::play);
		pause(Duration.ofNanos(end - System.nanoTime()));
		if (fault != Fault.NONE) {
			end(fault, round.side());
			this.fleet.ends();
			this.journal.note("end of " + fault);
		}
		round.after().forEach(this::play);
		if (round.quiet()) {
			comeToRest();
		}
	}

	private void begin(Fault fault, Side side) {
		List<TcpProxy> proxies = proxies(side);
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

	private void end(Fault fault, Side side) {
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
				this.numbers.wiped();
			}
			case RESTORE -> {
				this.etcd.restart();
				this.numbers.restored();
			}
			default -> throw new IllegalArgumentException(fault.name());
		}
	}

	private List<TcpProxy> proxies(Side side) {
		return switch (side) {
			case OBSERVER -> List.of(this.toObserver);
			case INSTANCES -> List.of(this.toInstances);
			case BOTH -> List.of(this.toObserver, this.toInstances);
		};
	}

	private void play(Turn turn) {
		pause(turn.pause());
		switch (turn.change()) {
			case START_INSTANCE -> startInstance();
			case STOP_INSTANCE -> endInstance(turn.choice(), true);
			case CRASH_INSTANCE -> endInstance(turn.choice(), false);
			case CHANGE_INSTANCE -> changeInstance(turn.choice());
			case START_APPLICATION -> startApplication();
			case STOP_APPLICATION -> stopApplication();
			case REVOKE_LEASE -> revokeLease(turn.choice());
			case DELETE_KEY -> deleteKey(turn.choice());
			case COMPACT -> compact();
			case WRITE_CONFIGURATION -> tell("write", () -> this.numbers.write(this.operator));
			case WRITE_BURST -> tell("write often", () -> {
				for (int i = 0; i < 50; i++) {
					this.numbers.write(this.operator);
				}
			});
			case DELETE_CONFIGURATION -> tell("delete the configuration", () -> this.numbers.delete(this.operator));
			case INVALID_VALUE -> tell("write an invalid value", () -> this.numbers.invalidate(this.operator, false));
			case INVALID_DOCUMENT ->
				tell("write an invalid document", () -> this.numbers.invalidate(this.operator, true));
			case SAVE_SNAPSHOT -> saveSnapshot();
		}
	}

	private void startInstance() {
		if (this.sessions.size() == MOST_INSTANCES) {
			return;
		}
		String id = "light-" + this.counter++;
		this.journal.note("start " + id);
		LeaseSession session = open(new LeaseSession(this.instances.get(), TTL));
		this.sessions.put(id, session);
		this.fleet.starts(id, false);
		session.put(key(id), value(id, 0));
		this.fleet.started(id);
	}

	private void endInstance(int choice, boolean orderly) {
		if (this.sessions.size() > 1) {
			String id = chosen(choice);
			this.journal.note(((orderly) ? "stop " : "crash ") + id);
			LeaseSession session = this.sessions.remove(id);
			this.fleet.ends(id, orderly);
			if (orderly) {
				session.close();
			}
			else {
				session.abandon();
			}
		}
	}

	private void changeInstance(int choice) {
		String id = chosen(choice);
		int version = ++this.counter;
		this.journal.note("change " + id + " to version " + version);
		this.fleet.changes(id, version);
		this.sessions.get(id).put(key(id), value(id, version));
	}

	private void startApplication() {
		if (this.applications.size() < MOST_APPLICATIONS) {
			String id = "application-" + this.counter++;
			this.journal.note("start " + id);
			this.fleet.starts(id, false);
			this.applications.put(id, open(Observer.run(this.toInstances.port(), id)));
			this.fleet.started(id);
		}
	}

	private void stopApplication() {
		for (String id : List.copyOf(this.applications.keySet()).stream().limit(1).toList()) {
			this.journal.note("stop " + id);
			this.fleet.ends(id, true);
			this.applications.remove(id).close();
		}
	}

	private void revokeLease(int choice) {
		String id = chosen(choice);
		long lease = this.sessions.get(id).status().lease();
		this.journal.note("revoke the lease " + Long.toHexString(lease) + " of " + id);
		this.fleet.robbed(id);
		if (lease != 0) {
			insist(() -> this.etcd.etcdctl("lease", "revoke", Long.toHexString(lease)), "not found");
		}
	}

	private void deleteKey(int choice) {
		List<String> ids = List.copyOf(new TreeSet<>(this.fleet.expected().keySet()));
		String id = ids.get(choice % ids.size());
		this.journal.note("delete the key of " + id);
		this.fleet.robbed(id);
		insist(() -> this.operator.delete(key(id)), "");
	}

	private void saveSnapshot() {
		Path file = this.folder.resolve("snapshot-" + this.counter++);
		this.journal.note("save a snapshot with " + this.numbers);
		this.etcd.saveSnapshot(file);
		this.numbers.saved();
		this.snapshot = file;
	}

	private void compact() {
		this.journal.note("compact");
		insist(this.operator::compact, "has been compacted");
	}

	private void tell(String what, Runnable action) {
		this.journal.note(what);
		insist(action, "");
	}

	/**
	 * As somebody does who sees that it failed.
	 * @param harmless what to find in the message of a failure that is none
	 */
	private static void insist(Runnable action, String harmless) {
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
	 * Wait until the catalog and the configuration are what etcd holds and what is meant
	 * to be.
	 */
	void comeToRest() {
		long before = System.nanoTime();
		for (String difference = difference(); !difference.isEmpty(); difference = difference()) {
			if (!this.journal.isClean()) {
				return;
			}
			if (System.nanoTime() - before > REST.toNanos()) {
				this.journal.violation("no rest: " + difference);
				return;
			}
			pause(Duration.ofMillis(100));
		}
		this.numbers.confirmed(this.observer.live());
		this.journal.note("at rest after " + Duration.ofNanos(System.nanoTime() - before).toMillis() + " ms, "
				+ this.numbers + ", " + this.fleet.expected());
	}

	private String difference() {
		Map<String, Integer> expected = this.fleet.expected();
		Map<String, Integer> catalog = this.observer.catalog();
		if (!catalog.equals(expected)) {
			return "the catalog has " + catalog + " instead of " + expected;
		}
		for (Observer.Pair pair : List.of(this.observer.live(), this.observer.scoped(), this.observer.bean())) {
			if (!this.numbers.isFinal(pair)) {
				return "in force is " + pair + " instead of " + this.numbers;
			}
		}
		TreeSet<String> raw = Keys.of(this.etcd, Observer.SERVICE)
			.stream()
			.map((key) -> key.substring(key.lastIndexOf('/') + 1))
			.collect(Collectors.toCollection(TreeSet::new));
		return (raw.equals(expected.keySet())) ? "" : "etcd has " + raw + " instead of " + expected.keySet();
	}

	private String chosen(int choice) {
		List<String> ids = List.copyOf(this.sessions.keySet());
		return ids.get(choice % ids.size());
	}

	private static String key(String id) {
		return "/services/" + Observer.SERVICE + "/" + id;
	}

	private static String value(String id, int version) {
		return """
				{"id":"%s","name":"%s","addr":"127.0.0.1:1","host":"127.0.0.1","port":1,"secure":false,"status":"UP",\
				"metadata":{"version":"%d"}}""".formatted(id, Observer.SERVICE, version);
	}

	private static void pause(Duration length) {
		long end = System.nanoTime() + length.toNanos();
		for (long left = length.toNanos(); left > 0; left = end - System.nanoTime()) {
			LockSupport.parkNanos(left);
		}
	}

	@Override
	public void close() throws Exception {
		this.watchers.close();
		while (!this.opened.isEmpty()) {
			this.opened.pop().close();
		}
	}

}
