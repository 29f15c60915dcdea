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
 * Prints what to open and what to try, and reports what happens until Ctrl-C.
 */
final class InteractiveDemo {

	/** Low enough for any machine, high enough to notice failures. */
	private static final int CALLS_PER_SECOND = 10;

	/** Rate of the requests that the shop itself generates. */
	private static final String CALLS_PER_SECOND_KEY = "/config/shop/shop/calls-per-second";

	private static final int WIDTH = 38;

	private static final int SIGKILL_STATUS = 128 + 9;

	private final DemoProcesses processes;

	private final ProgressLog progress;

	private final boolean keyboard;

	private final EtcdNodes nodes;

	/** Exit times by instance id. */
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
		printInstructions(deployment);
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

	private void printInstructions(Deployment deployment) {
		String shop = deployment.shop().uri() + "/";
		String another = (this.keyboard) ? "Enter" : String.join(" ", this.processes.commandLine("provider"));
		this.progress.print("");
		this.progress.print("Open");
		printEntry(shop, "live board: instances, requests and configuration, updated as you try the commands below");
		ConsoleUser user = this.processes.consoleUser();
		printEntry(shop + "etcd-console/", "console: changes configuration and instances; log in as " + user.name()
				+ " with the password " + user.password());
		printEntry(shop + "greeting", "call the service greeting; each request goes to the next provider");
		printEntry(shop + "instances", "services and instances known to the shop");
		printEntry(shop + "actuator/health", "health of the shop, including its connection to etcd");
		printGatewayUrls(deployment.gateway());
		this.progress.print("\nTry");
		printEntry("kill -9 " + deployment.providers()
			.get(0)
			.pid(), "crash a provider: it is removed within 11 s (TTL + 1 s); requests "
					+ ((deployment.gateway() != null) ? "are retried and do not fail" : "to it may fail until then"));
		printEntry("kill " + deployment.providers().get(1).pid(),
				"shut a provider down gracefully, as in a deployment: no request fails");
		printEntry(another, "start another provider: it receives requests at once");
		printEntry(this.processes.etcdctl("put /config/greeting/greeting/message 'Good morning'"),
				"change a property: all providers apply it, and the next response shows it");
		printEntry(this.processes.etcdctl("put /config/greeting/greeting/work nonsense"),
				"set an invalid value: the providers log the reason and keep the last valid one");
		printEntry(this.processes.etcdctl("put " + CALLS_PER_SECOND_KEY + " 50"),
				"change the request rate: the board shows it at once");
		printEntry(this.processes.etcdctl("put " + CALLS_PER_SECOND_KEY + " many"),
				"set an invalid rate: the board shows why it is rejected");
		if (deployment.gateway() != null) {
			printEntry(this.processes.etcdctl("put " + GatewayRoutes.KEY + " '" + GatewayRoutes.to("/hello") + "'"),
					"add a route to the gateway: " + deployment.gateway().uri().resolve("/hello"));
			printEntry(this.processes.etcdctl("put " + GatewayRoutes.KEY + " '" + GatewayRoutes.broken("/hello") + "'"),
					"set an invalid route: the gateway logs the reason and keeps its routes");
		}
		this.nodes.suggestions().forEach(this::printEntry);
		printEntry(this.processes.etcdctl("get --prefix /services/"), "list the registered instances");
		printEntry(this.processes.etcdctl("watch --prefix /services/"), "watch registrations change");
		this.progress.print("\nApplication logs: " + this.processes.directory());
		this.progress.print(CALLS_PER_SECOND + " requests per second are sent through the "
				+ ((deployment.gateway() != null) ? "gateway" : "shop")
				+ ". Changes are reported below. Press Ctrl-C to stop everything.\n");
	}

	private void printGatewayUrls(@Nullable HttpTarget gateway) {
		if (gateway != null) {
			printEntry(gateway.uri() + "/greeting/greeting", "call the service greeting through the gateway");
			printEntry(gateway.uri() + "/shop/instances",
					"call the shop through the gateway: each service has a route by its name");
			printEntry(gateway.uri() + "/actuator/gateway/routes", "routes of the gateway");
		}
	}

	private void printEntry(String item, String description) {
		String line = "  " + ((item.length() <= WIDTH) ? item + " ".repeat(WIDTH - item.length())
				: item + "\n  " + " ".repeat(WIDTH)) + "  " + description;
		this.progress.print(line);
	}

	private void addOnEnter(Deployment deployment) {
		try {
			BufferedReader keyboard = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));
			while (keyboard.readLine() != null) {
				this.progress.log("Starting another provider");
				deployment.addProvider();
			}
		}
		catch (IOException | RuntimeException ex) {
			this.progress.log("Failed to start another provider: " + ex.getMessage());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private void reportEnds(Deployment deployment, LoadGenerator load) {
		for (ApplicationProcess provider : deployment.providers()) {
			if (!provider.isRunning() && this.ends.putIfAbsent(provider.instance(), System.nanoTime()) == null) {
				this.progress.log(provider.instance() + " (process " + provider.pid() + ")"
						+ ((provider.exitValue() == SIGKILL_STATUS) ? " was killed" : " stopped") + tally(load));
			}
		}
	}

	private void reportInstanceChanges(Set<String> before, Set<String> now, LoadGenerator load) {
		for (String instance : before) {
			if (!now.contains(instance)) {
				Long end = this.ends.get(instance);
				String since = (end != null) ? String.format(Locale.ROOT, ", %.1f s after its process exited",
						Timing.seconds(System.nanoTime() - end)) : "";
				this.progress.log("The shop removed " + instance + since + tally(load));
			}
		}
		for (String instance : now) {
			if (!before.contains(instance)) {
				this.progress.log("The shop discovered " + instance + tally(load));
			}
		}
	}

	private static String tally(LoadGenerator load) {
		CallResults calls = load.take();
		return " (" + calls.failed() + " of " + calls.count() + " requests failed since the last report)";
	}

}
