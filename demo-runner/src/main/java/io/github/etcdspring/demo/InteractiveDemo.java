package io.github.etcdspring.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Says what to open and what to try, and reports what comes of it until somebody presses
 * Ctrl-C.
 */
final class InteractiveDemo {

	/** Few enough not to be felt, and enough to see whether any fail. */
	private static final int CALLS_PER_SECOND = 10;

	/** What the shop calls by itself. */
	private static final String CALLS_PER_SECOND_KEY = "/config/shop/shop/calls-per-second";

	private static final int WIDTH = 38;

	private static final int SIGKILL_STATUS = 128 + 9;

	private final DemoProcesses processes;

	private final ProgressLog progress;

	private final boolean keyboard;

	private final EtcdNodes nodes;

	/** When the processes ended, by instance. */
	private final Map<String, Long> ends = new HashMap<>();

	InteractiveDemo(DemoProcesses processes, ProgressLog progress, boolean keyboard) {
		this.processes = processes;
		this.progress = progress;
		this.keyboard = keyboard;
		this.nodes = new EtcdNodes(processes.etcd(), progress);
	}

	boolean run() throws IOException, InterruptedException {
		Deployment deployment = Deployment.start(this.processes, this.progress, 2);
		this.processes.runEtcdctl("put", CALLS_PER_SECOND_KEY, "10");
		printEntry(deployment);
		if (this.keyboard) {
			Browser.open(deployment.shop().uri());
			Thread reader = new Thread(() -> addOnEnter(deployment), "keyboard");
			reader.setDaemon(true);
			reader.start();
		}
		try (LoadGenerator load = LoadGenerator.start(deployment.entryPoint(), CALLS_PER_SECOND)) {
			Set<String> known = deployment.shop().instances();
			this.nodes
				.watch(() -> "the shop knows " + deployment.shop().instances().size() + " providers" + tally(load));
			while (true) {
				reportEnds(deployment, load);
				Set<String> now = deployment.shop().instances();
				reportInstanceChanges(known, now, load);
				known = now;
				Thread.sleep(50);
			}
		}
	}

	private void printEntry(Deployment deployment) {
		String shop = deployment.shop().uri() + "/";
		String another = (this.keyboard) ? "Enter" : String.join(" ", this.processes.commandLine("provider"));
		this.progress.print("");
		this.progress.print("Open");
		printEntry(shop, "the live board: instances, calls and configuration, and what becomes of each thing you try");
		printEntry(shop + "greeting", "the shop calls http://greeting/greeting, each time another provider");
		printEntry(shop + "instances", "what the shop knows of the services");
		printEntry(shop + "actuator/health", "how it stands with etcd");
		printEntry(deployment.gateway());
		this.progress.print("\nTry");
		printEntry("kill -9 " + deployment.providers()
			.get(0)
			.pid(), "a provider crashes: gone within 11 s, its time to live and one; calls "
					+ ((deployment.gateway() != null) ? "through the gateway do not fail" : "to it fail until then"));
		printEntry("kill " + deployment.providers().get(1).pid(),
				"a provider stops in good order, as in a deployment: no call fails");
		printEntry(another, "a further provider joins: it is called at once");
		printEntry(this.processes.etcdctl("put /config/greeting/greeting/message 'Good morning'"),
				"the next call says so, by every provider");
		printEntry(this.processes.etcdctl("put /config/greeting/greeting/work nonsense"),
				"every provider says why in its log, and goes on as before");
		printEntry(this.processes.etcdctl("put " + CALLS_PER_SECOND_KEY + " 50"), "the board shows more calls, at once");
		printEntry(this.processes.etcdctl("put " + CALLS_PER_SECOND_KEY + " many"), "the board says why that is not in force");
		if (deployment.gateway() != null) {
			printEntry(this.processes.etcdctl("put " + GatewayRoutes.KEY + " '" + GatewayRoutes.to("/hello") + "'"),
					"the gateway has a route more: " + deployment.gateway().uri().resolve("/hello"));
			printEntry(this.processes.etcdctl("put " + GatewayRoutes.KEY + " '" + GatewayRoutes.broken("/hello") + "'"),
					"the gateway says why it cannot make that route, and keeps those it has");
		}
		this.nodes.suggestions().forEach(this::printEntry);
		printEntry(this.processes.etcdctl("get --prefix /services/"), "what stands in etcd");
		printEntry(this.processes.etcdctl("watch --prefix /services/"), "each change of it");
		this.progress.print("\nThe logs of the applications are in " + this.processes.directory() + ".");
		this.progress.print("Ten calls a second go through the " + ((deployment.gateway() != null) ? "gateway" : "shop")
				+ " meanwhile. What changes is reported here. Ctrl-C stops" + " everything.\n");
	}

	private void printEntry(@Nullable HttpTarget gateway) {
		if (gateway != null) {
			printEntry(gateway.uri() + "/greeting/greeting", "the service greeting through the gateway");
			printEntry(gateway.uri() + "/shop/instances", "the shop through the gateway, and so each service by its name");
			printEntry(gateway.uri() + "/actuator/gateway/routes", "the routes of the gateway");
		}
	}

	private void printEntry(String what, String meaning) {
		String line = "  " + ((what.length() <= WIDTH) ? what + " ".repeat(WIDTH - what.length())
				: what + "\n  " + " ".repeat(WIDTH)) + "  " + meaning;
		this.progress.print(line);
	}

	private void addOnEnter(Deployment deployment) {
		try {
			BufferedReader keyboard = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));
			while (keyboard.readLine() != null) {
				this.progress.log("Starting one more provider");
				deployment.addProvider();
			}
		}
		catch (IOException | RuntimeException ex) {
			this.progress.log("No further provider: " + ex.getMessage());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private void reportEnds(Deployment deployment, LoadGenerator load) {
		for (ApplicationProcess provider : deployment.providers()) {
			if (!provider.isRunning() && this.ends.putIfAbsent(provider.instance(), System.nanoTime()) == null) {
				this.progress.log("Process " + provider.pid() + ", " + provider.instance()
						+ ((provider.exitValue() == SIGKILL_STATUS) ? ", was killed" : ", has stopped") + tally(load));
			}
		}
	}

	private void reportInstanceChanges(Set<String> before, Set<String> now, LoadGenerator load) {
		for (String instance : before) {
			if (!now.contains(instance)) {
				Long end = this.ends.get(instance);
				String since = (end != null) ? String.format(Locale.ROOT, ", %.1f s after its process ended",
						Timing.seconds(System.nanoTime() - end)) : "";
				this.progress.log("The shop no longer knows " + instance + since + tally(load));
			}
		}
		for (String instance : now) {
			if (!before.contains(instance)) {
				this.progress.log("The shop knows " + instance + tally(load));
			}
		}
	}

	private static String tally(LoadGenerator load) {
		CallResults calls = load.take();
		return " (" + calls.failed() + " of " + calls.count() + " calls since the last report failed)";
	}

}
