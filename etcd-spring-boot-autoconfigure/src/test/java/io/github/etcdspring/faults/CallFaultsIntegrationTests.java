package io.github.etcdspring.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.CallLoad;
import io.github.etcdspring.fixture.Calls;
import io.github.etcdspring.fixture.JavaProcess;
import io.github.etcdspring.fixture.LoadBalancedClient;
import io.github.etcdspring.fixture.SharedEtcd;
import io.github.etcdspring.testsupport.EtcdServer;
import io.github.etcdspring.testsupport.TcpProxy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A fault of one of three instances, each a process, while each kind of client makes 200
 * calls per second. The key of the instance stays in etcd.
 */
@Tag("load")
class CallFaultsIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(60);

	private static final int CALLS_PER_SECOND = 200;

	/** Longer than the timeouts of all clients. */
	private static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);

	private static final Duration BASELINE = Duration.ofSeconds(1);

	/** The default of the property. */
	private static final Duration UNANSWERED_AFTER = Duration.ofMillis(250);

	private static final FaultReport report = new FaultReport(CallFaultsIntegrationTests.class);

	private static final List<AutoCloseable> resources = new ArrayList<>();

	private static final Map<String, Supplier<String>> retrying = new LinkedHashMap<>();

	private static final Map<String, Supplier<String>> notRetrying = new LinkedHashMap<>();

	@SharedEtcd
	private static EtcdServer etcd;

	@BeforeAll
	static void start() {
		JavaProcess otherRetrying = callingProcess(true);
		JavaProcess otherNotRetrying = callingProcess(false);
		for (String id : List.of("two", "three")) {
			JavaProcess provider = provider(id);
			resources.add(provider);
			register(id, port(provider, "port"));
		}
		for (LoadBalancedClient client : LoadBalancedClient.values()) {
			retrying.put(client.toString(), client.in(application(true)));
			notRetrying.put(client.toString(), client.in(application(false)));
		}
		addOthers(retrying, otherRetrying);
		addOthers(notRetrying, otherNotRetrying);
	}

	@AfterAll
	static void stop() throws Exception {
		for (AutoCloseable resource : resources) {
			resource.close();
		}
	}

	@ParameterizedTest
	@EnumSource
	void failsAtMostTheCallsInFlight(Fault fault) throws IOException {
		List<String> names = List.copyOf(retrying.keySet());
		// All at the same time would need more than two processors
		for (List<String> group : List.of(names.subList(0, 3), names.subList(3, names.size()))) {
			call(group, retrying, CALLS_PER_SECOND, fault).forEach((client, outcome) -> {
				assertThat(outcome.failedAtOnce().size()).as(() -> client + outcome)
					.isLessThanOrEqualTo(outcome.inFlight());
				// A trial call is made again if the connection is refused
				assertThat(outcome.failedLater().size()).as(() -> client + outcome)
					.isLessThanOrEqualTo((fault == Fault.KILLED) ? 0 : outcome.maxTrials());
				outcome.report(fault + ", " + client, report);
			});
		}
	}

	@ParameterizedTest
	@EnumSource
	void failsAtMostOneCallOfEachThreadAndTrialWithoutRetries(Fault fault) throws IOException {
		call(List.copyOf(notRetrying.keySet()), notRetrying, CALLS_PER_SECOND / 2, fault).forEach((client, outcome) -> {
			assertThat(outcome.failedAtOnce().maxOfOneThread()).as(() -> client + outcome).isLessThanOrEqualTo(1);
			assertThat(outcome.failedLater().size()).as(() -> client + outcome)
				.isLessThanOrEqualTo(outcome.maxTrials());
			outcome.report(fault + ", " + client + ", without retries", report);
		});
	}

	private static Map<String, Outcome> call(List<String> names, Map<String, Supplier<String>> clients, int rate,
			Fault fault) throws IOException {
		Map<String, CallLoad> loads = new LinkedHashMap<>();
		try (Victim victim = Victim.start(fault)) {
			names.parallelStream().map(clients::get).forEach(CallFaultsIntegrationTests::awaitAll);
			names.forEach((name) -> loads.put(name, new CallLoad(rate, clients.get(name))));
			awaitBaseline(loads.values());
			long begin = System.nanoTime();
			long noticed = fault.inject(victim);
			long over = System.nanoTime();
			// The others call at the same rate
			loads.get(names.get(0)).await(fault.observation);
			loads.values().forEach(CallLoad::stop);
			loads.values().forEach(CallLoad::close);
			Map<String, Outcome> outcomes = new LinkedHashMap<>();
			loads.forEach((name, load) -> outcomes.put(name,
					new Outcome(begin, noticed, fault.over(over, load.calls()), System.nanoTime(), load.calls())));
			return outcomes;
		}
		finally {
			loads.values().forEach(CallLoad::stop);
		}
	}

	/**
	 * Wait until all calls are fast enough to tell an instance that does not respond from
	 * a busy machine.
	 */
	private static void awaitBaseline(Collection<CallLoad> loads) {
		await().atMost(SOON.multipliedBy(3)).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).until(() -> {
			long start = System.nanoTime();
			loads.iterator().next().await(BASELINE);
			return loads.stream()
				.map((load) -> load.calls().startedFrom(start))
				.allMatch((calls) -> calls.size() > 0 && calls.failed().size() == 0
						&& calls.duration(0.99).compareTo(UNANSWERED_AFTER) < 0);
		});
	}

	private static void awaitAll(Supplier<String> call) {
		Set<String> responses = new HashSet<>();
		await().atMost(SOON).pollInterval(Duration.ofMillis(20)).ignoreExceptions().until(() -> {
			responses.add(call.get());
			return responses.size() == 3;
		});
	}

	private static ConfigurableApplicationContext application(boolean retry) {
		ConfigurableApplicationContext application = Applications
			.plain(etcd, "client", LoadBalancedClient.Clients.class)
			.properties("greeting.timeout=2s", "spring.cloud.etcd.discovery.register=false",
					"spring.cloud.etcd.loadbalancer.retry.enabled=" + retry)
			.run();
		resources.add(application);
		return application;
	}

	private static JavaProcess callingProcess(boolean retry) {
		try (Stream<Path> libraries = Files.list(Path.of("target", "optional-libraries"))) {
			JavaProcess process = JavaProcess.startWith(libraries.toList(), options("256m"), CallingApplication.class,
					"--server.port=0", "--spring.cloud.etcd.endpoints=" + etcd.endpoint(),
					"--spring.cloud.etcd.discovery.register=false",
					"--spring.cloud.etcd.loadbalancer.retry.enabled=" + retry);
			resources.add(process);
			return process;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static void addOthers(Map<String, Supplier<String>> clients, JavaProcess process) {
		clients.put("OpenFeign", http(port(process, "feign")));
		clients.put("Spring Cloud Gateway", http(port(process, "gateway")));
	}

	private static Supplier<String> http(int port) {
		HttpClient client = HttpClient.newHttpClient();
		HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/")).build();
		return () -> {
			try {
				// An instance that is suspended after the header of its response never
				// sends the rest, and
				// the timeout of a request covers the header only
				HttpResponse<String> response = client.sendAsync(request, HttpResponse.BodyHandlers.ofString())
					.get(CALL_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
				if (response.statusCode() != 200) {
					throw new IllegalStateException(response.statusCode() + " " + response.body());
				}
				return response.body();
			}
			catch (ExecutionException | InterruptedException | TimeoutException ex) {
				throw new IllegalStateException(ex);
			}
		};
	}

	private static JavaProcess provider(String id) {
		return JavaProcess.startWith(List.of(), options("64m"), CallProvider.class, id);
	}

	private static List<String> options(String heap) {
		// Without the delay of 40 ms between the header and the body of a response
		return List.of("-Xmx" + heap, "-XX:+UseSerialGC", "-Dsun.net.httpserver.nodelay=true");
	}

	private static int port(JavaProcess process, String name) {
		Pattern pattern = Pattern.compile("\\b" + name + "=(\\d+)");
		return await().atMost(JavaProcess.START_TIMEOUT)
			.until(() -> pattern.matcher(process.output()).results().findFirst(), (result) -> result.isPresent())
			.map((result) -> Integer.parseInt(result.group(1)))
			.orElseThrow();
	}

	private static void register(String id, int port) {
		etcd.etcdctl("put", "/services/greeting/" + id, "127.0.0.1:" + port);
	}

	/**
	 * What happens to one of the instances.
	 */
	enum Fault {

		KILLED("one of three instances killed", Duration.ofMillis(1500)) {
			@Override
			long inject(Victim victim) {
				long noticed = System.nanoTime();
				victim.process.kill();
				return noticed;
			}

			/**
			 * On a busy machine, the connections of an ended process are closed later.
			 */
			@Override
			long over(long injected, Calls calls) {
				Calls around = calls.startedFrom(injected - BASELINE.toNanos())
					.startedBefore(injected + UNANSWERED_AFTER.toNanos());
				return Math.max(injected, around.failed().firstEnd());
			}
		},

		SUSPENDED("one of three instances suspended, its connections are accepted", Duration.ofMillis(2500)) {
			@Override
			long inject(Victim victim) {
				victim.process.signal("STOP");
				awaitUnanswered();
				return System.nanoTime();
			}
		},

		DISCONNECTED("network of one of three instances drops all data, then resets connections",
				Duration.ofSeconds(2)) {
			@Override
			long inject(Victim victim) {
				victim.proxy.blackhole(true);
				awaitUnanswered();
				long noticed = System.nanoTime();
				victim.proxy.cut();
				return noticed;
			}
		};

		private final String text;

		/** How long calls are observed after the fault was noticed. */
		private final Duration observation;

		Fault(String text, Duration observation) {
			this.text = text;
			this.observation = observation;
		}

		private static void awaitUnanswered() {
			await().pollDelay(UNANSWERED_AFTER.multipliedBy(2)).until(() -> true);
		}

		/**
		 * Let the fault happen.
		 * @return when the callers began to notice it
		 */
		abstract long inject(Victim victim);

		/**
		 * Return when a caller knows of the fault.
		 * @param injected when the fault had happened
		 * @param calls all calls of the caller
		 */
		long over(long injected, Calls calls) {
			return injected;
		}

		@Override
		public String toString() {
			return this.text;
		}

	}

	/**
	 * The instance to which the fault happens.
	 */
	private record Victim(JavaProcess process, TcpProxy proxy) implements AutoCloseable {

		static Victim start(Fault fault) {
			JavaProcess process = provider("one");
			int port = port(process, "port");
			TcpProxy proxy = TcpProxy.to(port);
			register("one", (fault == Fault.DISCONNECTED) ? proxy.port() : port);
			return new Victim(process, proxy);
		}

		@Override
		public void close() throws IOException {
			this.proxy.close();
			this.process.close();
		}

	}

	/**
	 * The calls of one client.
	 *
	 * @param begin when the fault began
	 * @param noticed when the caller began to notice it
	 * @param over when the caller had noticed it
	 * @param end when the last call ended
	 * @param calls all calls
	 */
	private record Outcome(long begin, long noticed, long over, long end, Calls calls) {

		int inFlight() {
			return this.calls.inFlight(this.noticed, this.over);
		}

		/**
		 * Includes calls through pooled connections that the caller has not yet found
		 * closed.
		 */
		Calls failedAtOnce() {
			return failed().startedBefore(this.over + UNANSWERED_AFTER.toNanos());
		}

		Calls failedLater() {
			return failed().startedFrom(this.over + UNANSWERED_AFTER.toNanos());
		}

		/**
		 * Without those of a busy machine before the baseline.
		 */
		private Calls failed() {
			return this.calls.failed().startedFrom(this.begin - BASELINE.toNanos());
		}

		/**
		 * An ejected instance is tried after about a second, and then with growing
		 * intervals.
		 */
		int maxTrials() {
			return 1 + (int) Duration.ofNanos(this.end - this.begin).toSeconds();
		}

		void report(String fault, FaultReport report) {
			Calls before = this.calls.startedFrom(this.begin - BASELINE.toNanos()).startedBefore(this.begin);
			Calls after = this.calls.startedFrom(this.begin);
			report.add(fault, String.format(Locale.ROOT,
					"%d of %d calls failed, %d in flight, median %.1f ms (%.1f before), p99 %.1f ms (%.1f before)",
					failed().size(), after.size(), inFlight(), millis(after.succeeded(), 0.5), millis(before, 0.5),
					millis(after.succeeded(), 0.99), millis(before, 0.99)), null, null, null);
		}

		@Override
		public String toString() {
			return " from %d, noticed from %d to %d: %s".formatted(this.begin, this.noticed, this.over, failed());
		}

		private static double millis(Calls calls, double share) {
			return calls.duration(share).toNanos() / 1e6;
		}

	}

}
