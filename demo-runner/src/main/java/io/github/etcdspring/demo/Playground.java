package io.github.etcdspring.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Says what to open and what to try, and reports what comes of it until somebody presses
 * Ctrl-C.
 */
final class Playground {

	/** Few enough not to be felt, and enough to see whether any fail. */
	private static final int CALLS_PER_SECOND = 10;

	private static final int KILLED = 128 + 9;

	private final Stage stage;

	private final Progress progress;

	private final boolean keyboard;

	/** When the processes ended, by instance. */
	private final Map<String, Long> ends = new HashMap<>();

	Playground(Stage stage, Progress progress, boolean keyboard) {
		this.stage = stage;
		this.progress = progress;
		this.keyboard = keyboard;
	}

	boolean run() throws IOException, InterruptedException {
		Deployment deployment = Deployment.start(this.stage, this.progress, 2);
		explain(deployment);
		if (this.keyboard) {
			Thread reader = new Thread(() -> addOnEnter(deployment), "keyboard");
			reader.setDaemon(true);
			reader.start();
		}
		try (Load load = Load.on(deployment.shop(), CALLS_PER_SECOND)) {
			Set<String> known = deployment.shop().instances();
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
		Application one = deployment.providers().get(0);
		Application other = deployment.providers().get(1);
		String another = (this.keyboard) ? "Enter          "
				: String.join(" ", this.stage.commandLine("provider")) + "\n";
		this.progress
			.print("""

					Open
					  %1$s            the shop calls http://greeting/greeting, each time another provider
					  %1$sinstances   what the shop knows of the services
					  %1$sactuator/health

					Try
					  kill -9 %2$-7d  a provider crashes: gone within 10 s, its time to live; calls to it fail until then
					  kill %3$-10d  a provider stops in good order, as in a deployment: no call fails
					  kill -STOP %4$-6d etcd hangs: the shop goes on with what it knows, until kill -CONT %4$d and after
					  %5$s  a further provider joins: it is called at once

					Look into etcd: what stands there, and each change of it
					  %6$s
					  %7$s

					The logs of the applications are in %8$s
					Ten calls a second go through the shop meanwhile. What changes is reported here. Ctrl-C stops everything.
					"""
				.formatted(deployment.shop().uri() + "/", one.pid(), other.pid(), this.stage.etcdPid(), another,
						this.stage.etcdctl("get --prefix /services/"), this.stage.etcdctl("watch --prefix /services/"),
						this.stage.logs()));
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
