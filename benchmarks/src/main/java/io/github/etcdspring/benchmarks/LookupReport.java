package io.github.etcdspring.benchmarks;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

import io.github.etcdspring.benchmarks.LookupBenchmark.Source;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs {@link LookupBenchmark} with one and two threads and prints it next to its floor.
 */
final class LookupReport {

	private static final int[] THREADS = { 1, 2 };

	void run(String endpoint) throws RunnerException {
		System.out.println("| one call | threads | etcd | fixed list (floor) | ratio |");
		System.out.println("|---|---|---|---|---|");
		for (int threads : THREADS) {
			List<Cost> costs = new ArrayList<>();
			for (RunResult result : measure(endpoint, threads)) {
				costs.add(Cost.of(result));
			}
			costs.stream().filter((cost) -> cost.source() == Source.ETCD).forEach((cost) -> {
				Cost floor = costs.stream().filter(cost::isComparedWith).findFirst().orElseThrow();
				System.out.printf(Locale.ROOT,
						"| `%s` of %d instances | %d | %.1f ns, %.0f bytes | %.1f ns, %.0f bytes | %.2f |%n",
						cost.call(), cost.instances(), threads, cost.nanos(), cost.bytes(), floor.nanos(),
						floor.bytes(), cost.nanos() / floor.nanos());
			});
		}
	}

	private static Collection<RunResult> measure(String endpoint, int threads) throws RunnerException {
		return new Runner(new OptionsBuilder().include(LookupBenchmark.class.getSimpleName())
			.threads(threads)
			.addProfiler(GCProfiler.class)
			.verbosity(VerboseMode.SILENT)
			.shouldFailOnError(true)
			.jvmArgsAppend("-D" + LookupBenchmark.ENDPOINT + "=" + endpoint)
			.build()).run();
	}

	/**
	 * Cost of one call.
	 *
	 * @param call the call
	 * @param instances number of instances
	 * @param source source of the instances
	 * @param nanos time in nanoseconds
	 * @param bytes allocated bytes
	 */
	private record Cost(String call, int instances, Source source, double nanos, double bytes) {

		static Cost of(RunResult result) {
			String name = result.getParams().getBenchmark();
			return new Cost(name.substring(name.lastIndexOf('.') + 1),
					Integer.parseInt(result.getParams().getParam("instances")),
					Source.valueOf(result.getParams().getParam("source")), result.getPrimaryResult().getScore(),
					Objects.requireNonNull(result.getSecondaryResults().get("gc.alloc.rate.norm")).getScore());
		}

		boolean isComparedWith(Cost other) {
			return this.source != other.source && this.call.equals(other.call) && this.instances == other.instances;
		}

	}

}
