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
final class Playground {

	/** Few enough not to be felt, and enough to see whether any fail. */
	private static final int CALLS_PER_SECOND = 10;

	/** What the shop calls by itself. */
	private static final String CALLS_PER_SECOND_KEY = "/config/shop/shop/calls-per-second";

	private static final int WIDTH = 38;

	private static final int KILLED = 128 + 9;

	private final Stage stage;

	private final Progress progress;

	private final boolean keyboard;

	private final Nodes nodes;

	/** When the processes ended, by instance. */
	private final Map<String, Long> ends = new HashMap<>();

	Playground(Stage stage, Progress progress, boolean keyboard) {
		this.stage = stage;
		this.progress = progress;
		this.keyboard = keyboard;
		this.nodes = new Nodes(stage.etcd(), progress);
	}

	boolean run() throws IOException, InterruptedException {
		Deployment deployment = Deployment.start(this.stage, this.progress, 2);
		this.stage.writeToEtcd("put", CALLS_PER_SECOND_KEY, "10");
		explain(deployment);
		if (this.keyboard) {
			Browser.open(deployment.shop().uri());
			Thread reader = new Thread(() -> addOnEnter(deployment), "keyboard");
			reader.setDaemon(true);
			reader.start();
		}
		try (Load load = Load.on(deployment.front(), CALLS_PER_SECOND)) {
			Set<String> known = deployment.shop().instances();
			this.nodes
				.watch(() -> "the shop knows " + deployment.shop().instances().size() + " providers" + tally(load));
			while (true) {
				reportEnds(deployment, load);
				Set<String> now = deployment.shop().instances();
				reportChanges(known, now, load);
				known = now;
				Thread.sleep(50);
			}
		}
	}

	private void explain(Deployment deployment) {
		String shop = deployment.shop().uri() + "/";
		String another = (this.keyboard) ? "Enter" : String.join(" ", this.stage.commandLine("provider"));
		this.progress.print("");
		this.progress.print("Open");
		explain(shop, "the live board: instances, calls and configuration, and what becomes of each thing you try");
		explain(shop + "greeting", "the shop calls http://greeting/greeting, each time another provider");
		explain(shop + "instances", "what the shop knows of the services");
		explain(shop + "actuator/health", "how it stands with etcd");
		explain(deployment.gateway());
		this.progress.print("\nTry");
		explain("kill -9 " + deployment.providers()
			.get(0)
			.pid(), "a provider crashes: gone within 11 s, its time to live and one; calls "
					+ ((deployment.gateway() != null) ? "through the gateway do not fail" : "to it fail until then"));
		explain("kill " + deployment.providers().get(1).pid(),
				"a provider stops in good order, as in a deployment: no call fails");
		explain(another, "a further provider joins: it is called at once");
		explain(this.stage.etcdctl("put /config/greeting/greeting/message 'Good morning'"),
				"the next call says so, by every provider");
		explain(this.stage.etcdctl("put /config/greeting/greeting/work nonsense"),
				"every provider says why in its log, and goes on as before");
		explain(this.stage.etcdctl("put " + CALLS_PER_SECOND_KEY + " 50"), "the board shows more calls, at once");
		explain(this.stage.etcdctl("put " + CALLS_PER_SECOND_KEY + " many"), "the board says why that is not in force");
		if (deployment.gateway() != null) {
			explain(this.stage.etcdctl("put " + Routes.KEY + " '" + Routes.to("/hello") + "'"),
					"the gateway has a route more: " + deployment.gateway().uri().resolve("/hello"));
			explain(this.stage.etcdctl("put " + Routes.KEY + " '" + Routes.broken("/hello") + "'"),
					"the gateway says why it cannot make that route, and keeps those it has");
		}
		this.nodes.tries().forEach(this::explain);
		explain(this.stage.etcdctl("get --prefix /services/"), "what stands in etcd");
		explain(this.stage.etcdctl("watch --prefix /services/"), "each change of it");
		this.progress.print("\nThe logs of the applications are in " + this.stage.directory() + ".");
		this.progress.print("Ten calls a second go through the " + ((deployment.gateway() != null) ? "gateway" : "shop")
				+ " meanwhile. What changes is reported here. Ctrl-C stops" + " everything.\n");
	}

	private void explain(@Nullable Site gateway) {
		if (gateway != null) {
			explain(gateway.uri() + "/greeting/greeting", "the service greeting through the gateway");
			explain(gateway.uri() + "/shop/instances", "the shop through the gateway, and so each service by its name");
			explain(gateway.uri() + "/actuator/gateway/routes", "the routes of the gateway");
		}
	}

	private void explain(String what, String meaning) {
		String line = "  " + ((what.length() <= WIDTH) ? what + " ".repeat(WIDTH - what.length())
				: what + "\n  " + " ".repeat(WIDTH)) + "  " + meaning;
		this.progress.print(line);
	}

	private void addOnEnter(Deployment deployment) {
		try {
			BufferedReader keyboard = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));
			while (keyboard.readLine() != null) {
				this.progress.say("Starting one more provider");
				deployment.add();
			}
		}
		catch (IOException | RuntimeException ex) {
			this.progress.say("No further provider: " + ex.getMessage());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private void reportEnds(Deployment deployment, Load load) {
		for (Application provider : deployment.providers()) {
			if (!provider.isRunning() && this.ends.putIfAbsent(provider.instance(), System.nanoTime()) == null) {
				this.progress.say("Process " + provider.pid() + ", " + provider.instance()
						+ ((provider.exitValue() == KILLED) ? ", was killed" : ", has stopped") + tally(load));
			}
		}
	}

	private void reportChanges(Set<String> before, Set<String> now, Load load) {
		for (String instance : before) {
			if (!now.contains(instance)) {
				Long end = this.ends.get(instance);
				String since = (end != null) ? String.format(Locale.ROOT, ", %.1f s after its process ended",
						Clock.seconds(System.nanoTime() - end)) : "";
				this.progress.say("The shop no longer knows " + instance + since + tally(load));
			}
		}
		for (String instance : now) {
			if (!before.contains(instance)) {
				this.progress.say("The shop knows " + instance + tally(load));
			}
		}
	}

	private static String tally(Load load) {
		Calls calls = load.take();
		return " (" + calls.failed() + " of " + calls.count() + " calls since the last report failed)";
	}

}
