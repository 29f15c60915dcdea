package io.github.etcdspring.benchmarks.load;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.github.etcdspring.testsupport.EtcdServer;
import org.jspecify.annotations.Nullable;

/**
 * Measures an application that follows a large, constantly changing catalog. The floor is
 * a raw jetcd watch in a separate process at the same time.
 */
final class CatalogLoadTest {

	private static final String NOTHING = "nothing";

	private final EtcdServer etcd;

	private final @Nullable Path beside;

	private final int services;

	private final int perService = 10;

	private final int perSecond;

	private final int warmUp;

	private final int seconds;

	private final int starts;

	private final List<String> failures = new ArrayList<>();

	CatalogLoadTest(EtcdServer etcd, boolean small, @Nullable Path beside) {
		this.etcd = etcd;
		this.beside = beside;
		this.services = (small) ? 100 : 1000;
		this.perSecond = (small) ? 200 : 500;
		this.warmUp = (small) ? 5 : 20;
		this.seconds = (small) ? 10 : 60;
		this.starts = (small) ? 1 : 5;
	}

	List<String> run() throws Exception {
		try (CatalogWriter writer = new CatalogWriter(this.etcd.endpoint(), this.services, this.perService)) {
			writer.fill();
			starts();
			follow(writer);
		}
		return this.failures;
	}

	private void starts() throws InterruptedException {
		double[][] empty = new double[3][this.starts];
		double[][] full = new double[3][this.starts];
		for (int i = 0; i < this.starts; i++) {
			start("/nothing", empty, i);
			start("/services", full, i);
		}
		System.out.println(
				"| application | empty catalog (floor) | " + this.services * this.perService + " instances | added |");
		System.out.println("|---|---|---|---|");
		startRow("time to start, s, median of " + this.starts, Latencies.median(empty[0]), Latencies.median(full[0]));
		startRow("CPU until then, s", Latencies.median(empty[1]), Latencies.median(full[1]));
		startRow("live heap, MiB", Latencies.median(empty[2]), Latencies.median(full[2]));
		System.out.println();
	}

	private void start(String prefix, double[][] found, int round) throws InterruptedException {
		try (ChildProcess fork = starter(null, prefix)) {
			String[] seconds = fork.next().split(" ", -1);
			found[0][round] = Double.parseDouble(seconds[0]);
			found[1][round] = Double.parseDouble(seconds[1]);
			found[2][round] = mebibytes(Long.parseLong(fork.ask("heap")));
		}
	}

	private static void startRow(String name, double floor, double ours) {
		System.out.printf(Locale.ROOT, "| %s | %.2f | %.2f | %.2f |%n", name, floor, ours, ours - floor);
	}

	private static double mebibytes(long bytes) {
		return bytes / 1048576.0;
	}

	private ChildProcess starter(@Nullable Path jar, String prefix) {
		return ChildProcess.start(CatalogObserver.class, jar, "starter", this.etcd.endpoint(), prefix);
	}

	private void follow(CatalogWriter writer) throws InterruptedException {
		List<Observed> all = new ArrayList<>();
		Path jar = this.beside;
		try (ChildProcess raw = ChildProcess.start(CatalogObserver.class, null, "raw", this.etcd.endpoint());
				ChildProcess starter = starter(null, "/services");
				ChildProcess other = (jar != null) ? starter(jar, "/services") : null) {
			all.add(new Observed("raw jetcd watch (floor)", raw));
			all.add(new Observed("application with the starter", starter));
			if (jar != null && other != null) {
				all.add(new Observed("application with " + jar.getFileName(), other));
			}
			for (Observed observed : all) {
				observed.fork.next();
			}
			writer.change(this.perSecond, this.warmUp);
			for (Observed observed : all) {
				observed.fork.ask("begin");
			}
			long first = writer.probe();
			CatalogWriter.Changes made = writer.change(this.perSecond, this.seconds);
			for (Observed observed : all) {
				observed.used = observed.fork.ask("end");
			}
			for (Observed observed : all) {
				observed.collect(writer, first);
			}
			print(all, made, writer.probe() - first);
		}
	}

	private void print(List<Observed> all, CatalogWriter.Changes made, long probes) {
		Observed floor = all.get(0);
		System.out.printf(Locale.ROOT,
				"%d services, %d instances, %d changes in %.0f s (%.0f/s of a target of %d/s), %d of them probes.%n%n",
				this.services, this.services * this.perService, made.count(), made.seconds(),
				made.count() / made.seconds(), this.perSecond, probes);
		System.out.println("| write sent until seen by | median | p99 | max | ratio |");
		System.out.println("|---|---|---|---|---|");
		for (Observed observed : all) {
			System.out.printf(Locale.ROOT, "| %s | %s | %.2f |%n", observed.name, observed.sinceSent().cells(),
					observed.sinceSent().millis(0.5) / floor.sinceSent().millis(0.5));
		}
		System.out.println();
		System.out.println("| write acknowledged until seen by | median | p99 | max | seen before |");
		System.out.println("|---|---|---|---|---|");
		for (Observed observed : all) {
			System.out.printf(Locale.ROOT, "| %s | %s | %.0f %% |%n", observed.name,
					observed.sinceAcknowledged().cells(), 100 * observed.before());
		}
		System.out.println();
		System.out.println("| process | CPU of one processor | CPU per change | allocated | per change"
				+ " | live heap at the end | changes in one delivery | lost |");
		System.out.println("|---|---|---|---|---|---|---|---|");
		for (Observed observed : all) {
			double changes = made.count();
			System.out.printf(Locale.ROOT,
					"| %s | %.1f %% | %.0f µs | %.1f MiB/s | %.1f KiB | %.1f MiB | %.1f | %s |%n", observed.name,
					100.0 * observed.used(1) / observed.used(0), observed.used(1) / 1e3 / changes,
					mebibytes(observed.used(2)) * 1e9 / observed.used(0), observed.used(2) / 1024.0 / changes,
					mebibytes(observed.heap), changes / observed.used(3), observed.lost);
			if (!observed.lost.equals(NOTHING)) {
				this.failures.add(observed.name + " differs from etcd: " + observed.lost);
			}
			if (observed.since.size() != probes) {
				this.failures.add(observed.name + " has seen " + observed.since.size() + " of " + probes + " probes");
			}
		}
	}

	/**
	 * Results of one observer process.
	 */
	private static final class Observed {

		private final String name;

		private final ChildProcess fork;

		private String used = "";

		private long heap;

		private String lost = "";

		private final List<CatalogWriter.Sent> sent = new ArrayList<>();

		private final List<Long> since = new ArrayList<>();

		Observed(String name, ChildProcess fork) {
			this.name = name;
			this.fork = fork;
		}

		long used(int index) {
			return Long.parseLong(this.used.split(" ", -1)[index]);
		}

		void collect(CatalogWriter writer, long first) throws InterruptedException {
			this.lost = this.fork.ask("lost");
			this.heap = Long.parseLong(this.fork.ask("heap"));
			Map<Long, Long> seen = new HashMap<>();
			int count = Integer.parseInt(this.fork.ask("seen"));
			for (int i = 0; i < count; i++) {
				long[] pair = Arrays.stream(this.fork.next().split(" ", -1)).mapToLong(Long::parseLong).toArray();
				seen.put(pair[0], pair[1]);
			}
			for (long probe = first; probe < writer.probe(); probe++) {
				Long at = seen.get(probe);
				if (at != null) {
					this.sent.add(writer.sent(probe));
					this.since.add(at);
				}
			}
		}

		Latencies sinceSent() {
			List<Long> lags = new ArrayList<>();
			for (int i = 0; i < this.since.size(); i++) {
				lags.add(this.since.get(i) - this.sent.get(i).at());
			}
			return new Latencies(lags);
		}

		/** Changes seen before the acknowledgement count as 0. */
		Latencies sinceAcknowledged() {
			List<Long> lags = new ArrayList<>();
			for (int i = 0; i < this.since.size(); i++) {
				lags.add(Math.max(0, this.since.get(i) - this.sent.get(i).acknowledged()));
			}
			return new Latencies(lags);
		}

		double before() {
			long early = 0;
			for (int i = 0; i < this.since.size(); i++) {
				early += (this.since.get(i) < this.sent.get(i).acknowledged()) ? 1 : 0;
			}
			return (double) early / this.since.size();
		}

	}

}
