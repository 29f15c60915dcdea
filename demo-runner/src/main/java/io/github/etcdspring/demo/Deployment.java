package io.github.etcdspring.demo;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * The running consumer, gateway and providers.
 */
final class Deployment {

	private static final Duration DISCOVERY_TIMEOUT = Duration.ofSeconds(10);

	private static final int WARM_UP_CALLS = 50;

	private final DemoProcesses processes;

	private final ProgressLog progress;

	private final ShopClient shop;

	private final @Nullable HttpTarget gateway;

	private final List<ApplicationProcess> providers = new CopyOnWriteArrayList<>();

	private Deployment(DemoProcesses processes, ProgressLog progress, ShopClient shop, @Nullable HttpTarget gateway) {
		this.processes = processes;
		this.progress = progress;
		this.shop = shop;
		this.gateway = gateway;
	}

	static Deployment start(DemoProcesses processes, ProgressLog progress, int count)
			throws IOException, InterruptedException {
		progress.log("Starting the shop (consumer) and " + count + " providers of the service greeting");
		ApplicationProcess consumer = processes.startConsumer();
		ApplicationProcess entryPoint = processes.startGateway();
		List<ApplicationProcess> starting = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			starting.add(processes.startProvider());
		}
		HttpTarget gateway = (entryPoint != null) ? new HttpTarget(entryPoint.awaitRegistered().uri()) : null;
		Deployment deployment = new Deployment(processes, progress, new ShopClient(consumer.awaitRegistered().uri()),
				gateway);
		progress.log("The shop is ready at " + deployment.shop().uri() + " (process " + consumer.pid() + ")");
		if (entryPoint != null) {
			progress.log("The gateway is ready at " + entryPoint.awaitRegistered().uri() + " (process "
					+ entryPoint.pid() + ")");
		}
		for (ApplicationProcess provider : starting) {
			deployment.awaitDiscovered(provider);
		}
		// The first requests are slow because they load classes.
		for (int i = 0; i < WARM_UP_CALLS * count; i++) {
			deployment.entryPoint().get().join();
		}
		return deployment;
	}

	ShopClient shop() {
		return this.shop;
	}

	/**
	 * Return the gateway, {@code null} if there is none.
	 */
	@Nullable HttpTarget gateway() {
		return this.gateway;
	}

	/**
	 * Return the entry point of requests to the service {@code greeting}: the gateway if
	 * there is one, else the shop.
	 */
	Supplier<CompletableFuture<CallResult>> entryPoint() {
		HttpTarget gateway = this.gateway;
		return (gateway != null) ? () -> gateway.call("/greeting/greeting") : this.shop::call;
	}

	List<ApplicationProcess> providers() {
		return List.copyOf(this.providers);
	}

	/**
	 * Start another provider and wait until the shop has discovered it.
	 */
	ApplicationProcess addProvider() throws IOException, InterruptedException {
		return awaitDiscovered(this.processes.startProvider());
	}

	/**
	 * Wait until a provider is registered and the shop has discovered it.
	 */
	ApplicationProcess awaitDiscovered(ApplicationProcess provider) throws InterruptedException {
		ApplicationProcess.Registration registered = provider.awaitRegistered();
		this.providers.add(provider);
		if (!Timing.await(() -> this.shop.instances().contains(registered.instance()), DISCOVERY_TIMEOUT)) {
			throw new IllegalStateException("The shop did not discover " + registered.instance() + " within "
					+ DISCOVERY_TIMEOUT.toSeconds() + " s");
		}
		this.progress
			.log(registered.instance() + " is ready at " + registered.uri() + " (process " + provider.pid() + ")");
		return provider;
	}

	void kill(ApplicationProcess provider) throws InterruptedException {
		this.providers.remove(provider);
		provider.kill();
	}

	/**
	 * Restart all providers, one after the other.
	 */
	void restartAll(Order order) throws IOException, InterruptedException {
		for (ApplicationProcess old : providers()) {
			switch (order) {
				case START_FIRST -> {
					addProvider();
					stop(old);
				}
				case STOP_FIRST -> {
					stop(old);
					addProvider();
				}
			}
		}
	}

	void stop(ApplicationProcess provider) throws InterruptedException {
		this.providers.remove(provider);
		provider.stop();
		this.progress.log(provider.instance() + " stopped");
	}

	/**
	 * The order of the steps of a restart.
	 */
	enum Order {

		/** Start the new instance, then stop the old one. */
		START_FIRST,

		/** Stop the old instance, then start the new one. */
		STOP_FIRST

	}

}
