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
 * A shop and the providers it calls, as they are deployed now.
 */
final class Deployment {

	private static final Duration SEEN_LIMIT = Duration.ofSeconds(10);

	private static final int FIRST_CALLS = 50;

	private final Stage stage;

	private final Progress progress;

	private final Shop shop;

	private final @Nullable Site gateway;

	private final List<Application> providers = new CopyOnWriteArrayList<>();

	private Deployment(Stage stage, Progress progress, Shop shop, @Nullable Site gateway) {
		this.stage = stage;
		this.progress = progress;
		this.shop = shop;
		this.gateway = gateway;
	}

	static Deployment start(Stage stage, Progress progress, int count) throws IOException, InterruptedException {
		progress.say("Starting a consumer and " + count + " providers");
		Application consumer = stage.startConsumer();
		Application front = stage.startGateway();
		List<Application> starting = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			starting.add(stage.startProvider());
		}
		Site gateway = (front != null) ? new Site(front.awaitRegistered().uri()) : null;
		Deployment deployment = new Deployment(stage, progress, new Shop(consumer.awaitRegistered().uri()), gateway);
		progress.say("The shop is open at " + deployment.shop().uri() + " (process " + consumer.pid() + ")");
		if (front != null) {
			progress.say("The gateway serves at " + front.awaitRegistered().uri() + " (process " + front.pid() + ")");
		}
		for (Application provider : starting) {
			deployment.join(provider);
		}
		// Classes are loaded by the first calls, which would be taken for slow ones.
		for (int i = 0; i < FIRST_CALLS * count; i++) {
			deployment.front().get().join();
		}
		return deployment;
	}

	Shop shop() {
		return this.shop;
	}

	/**
	 * The gateway in front, {@code null} if there is none.
	 */
	@Nullable Site gateway() {
		return this.gateway;
	}

	/**
	 * Calls the service {@code greeting}: through the gateway if there is one, else
	 * through the shop.
	 */
	Supplier<CompletableFuture<Call>> front() {
		Site gateway = this.gateway;
		return (gateway != null) ? () -> gateway.call("/greeting/greeting") : this.shop::call;
	}

	List<Application> providers() {
		return List.copyOf(this.providers);
	}

	/**
	 * Start one more provider and wait until it is registered and the shop knows it.
	 */
	Application add() throws IOException, InterruptedException {
		return join(this.stage.startProvider());
	}

	/**
	 * Wait until a provider is registered and the shop knows it.
	 */
	Application join(Application provider) throws InterruptedException {
		Application.Registered registered = provider.awaitRegistered();
		this.providers.add(provider);
		if (!Clock.await(() -> this.shop.instances().contains(registered.instance()), SEEN_LIMIT)) {
			throw new IllegalStateException("The shop does not see " + registered.instance());
		}
		this.progress
			.say(registered.instance() + " serves at " + registered.uri() + " (process " + provider.pid() + ")");
		return provider;
	}

	void kill(Application provider) throws InterruptedException {
		this.providers.remove(provider);
		provider.kill();
	}

	/**
	 * Replace all providers by new ones, one after the other.
	 */
	void restartAll(Order order) throws IOException, InterruptedException {
		for (Application old : providers()) {
			switch (order) {
				case START_FIRST -> {
					add();
					stop(old);
				}
				case STOP_FIRST -> {
					stop(old);
					add();
				}
			}
		}
	}

	private void stop(Application provider) throws InterruptedException {
		this.providers.remove(provider);
		provider.stop();
		this.progress.say(provider.instance() + " has stopped");
	}

	/**
	 * What a deployment does first.
	 */
	enum Order {

		/** Start the replacement, then stop what it replaces. */
		START_FIRST,

		/** Stop what is to be replaced, then start the replacement. */
		STOP_FIRST

	}

}
