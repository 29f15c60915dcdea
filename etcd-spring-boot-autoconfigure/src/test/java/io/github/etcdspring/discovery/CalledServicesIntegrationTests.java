package io.github.etcdspring.discovery;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.OpenResources;
import io.github.etcdspring.mirror.MirrorReport;
import io.github.etcdspring.registry.InstanceKeys;
import io.github.etcdspring.registry.InstanceOverrides;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.scheduler.Schedulers;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.discovery.ReactiveDiscoveryClient;
import org.springframework.cloud.client.discovery.event.HeartbeatEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.awaitility.Awaitility.await;

/**
 * Integration tests for applications that follow the services that they call.
 */
@ExtendWith(OutputCaptureExtension.class)
class CalledServicesIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(5);

	private static final Duration AFTER_OUTAGE = Duration.ofSeconds(20);

	@RegisterExtension
	final OpenResources opened = new OpenResources();

	@TempDir
	private Path directory;

	private EtcdServer etcd;

	private TestConnection store;

	private CatalogUpdater updater;

	private CalledServices services;

	@BeforeEach
	void register() {
		this.etcd = this.opened.etcd();
		this.store = this.opened.connection(this.etcd);
		put("orders/1", "10.0.0.1:80");
		put("stock/1", "10.0.1.1:80");
	}

	@Test
	void firstLookUpFindsAServiceAndFollowsIt() {
		ConfigurableApplicationContext context = start();
		assertThat(watched(context)).isEmpty();
		assertThat(hosts(context, "orders")).containsExactly("10.0.0.1");
		assertThat(watched(context)).containsExactly("/services/orders/");
		put("orders/2", "10.0.0.2:80");
		await().atMost(SOON).until(() -> hosts(context, "orders").size() == 2);
		this.store.delete("/services/orders/1");
		await().atMost(SOON).until(() -> hosts(context, "orders").equals(List.of("10.0.0.2")));
	}

	@Test
	void unknownServiceIsFoundOnceItIsRegistered() {
		ConfigurableApplicationContext context = start();
		assertThat(hosts(context, "later")).isEmpty();
		put("later/1", "10.0.2.1:80");
		await().atMost(SOON).until(() -> hosts(context, "later").equals(List.of("10.0.2.1")));
	}

	@Test
	void nameThatCannotExistIsNotFollowed() {
		ConfigurableApplicationContext context = start();
		assertThat(hosts(context, "")).isEmpty();
		assertThat(hosts(context, "\ud800")).isEmpty();
		assertThat(hosts(context, "a/b c")).isEmpty();
		assertThat(watched(context)).containsExactly("/services/a%2Fb%20c/");
	}

	@Test
	@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
	void laterLookUpsSendNoRequestAndKeepTheLastKnownInstances() {
		ConfigurableApplicationContext context = start();
		assertThat(hosts(context, "orders")).containsExactly("10.0.0.1");
		EtcdDiscoveryClient client = context.getBean(EtcdDiscoveryClient.class);
		List<ServiceInstance> before = client.getInstances("orders");
		this.etcd.freeze();
		for (int i = 0; i < 100_000; i++) {
			assertThat(client.getInstances("orders") == before).isTrue();
		}
		ServiceCatalog catalog = context.getBean(ServiceCatalog.class);
		await().atMost(AFTER_OUTAGE).until(() -> !catalog.status().synced());
		assertThat(client.getInstances("orders")).isSameAs(before);
		this.etcd.thaw();
		put("orders/2", "10.0.0.2:80");
		await().atMost(AFTER_OUTAGE).until(() -> hosts(context, "orders").size() == 2 && catalog.status().synced());
	}

	@Test
	void outageOfManyWatchesIsLoggedOnce(CapturedOutput output) {
		ConfigurableApplicationContext context = start();
		for (int i = 0; i < 20; i++) {
			hosts(context, "service-" + i);
		}
		this.etcd.kill();
		String warning = "The watches of etcd keys under /services/ are interrupted";
		await().atMost(AFTER_OUTAGE).until(() -> output.getOut().contains(warning));
		this.etcd.restart();
		await().atMost(AFTER_OUTAGE)
			.until(() -> output.getOut().contains("Watching the called services under /services/"));
		assertThat(output.getOut().split(warning, -1)).hasSize(2);
	}

	@Test
	@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
	void firstLookUpEndsInTimeWhileEtcdHangsAndIsServedAfterwards() {
		ConfigurableApplicationContext context = start("spring.cloud.etcd.request-timeout=1s");
		this.etcd.freeze();
		long before = System.nanoTime();
		assertThat(hosts(context, "orders")).isEmpty();
		assertThat(Duration.ofNanos(System.nanoTime() - before)).isBetween(Duration.ofMillis(900),
				Duration.ofMillis(2500));
		before = System.nanoTime();
		assertThat(hosts(context, "orders")).isEmpty();
		assertThat(Duration.ofNanos(System.nanoTime() - before)).as("later look-ups").isLessThan(Duration.ofSeconds(1));
		this.etcd.thaw();
		await().atMost(AFTER_OUTAGE).until(() -> hosts(context, "orders").equals(List.of("10.0.0.1")));
	}

	@Test
	void concurrentFirstLookUpsFindTheServiceAndOpenOneWatch() {
		ConfigurableApplicationContext context = start();
		List<CompletableFuture<List<String>>> lookUps = IntStream.range(0, 50)
			.mapToObj((i) -> CompletableFuture.supplyAsync(() -> hosts(context, "orders")))
			.toList();
		lookUps.forEach((lookUp) -> assertThat(lookUp.join()).containsExactly("10.0.0.1"));
		assertThat(watched(context)).containsExactly("/services/orders/");
	}

	@Test
	void reactiveLookUpDoesNotBlockAndLeavesTheThreadOfTheWatch() {
		ConfigurableApplicationContext context = start();
		ReactiveDiscoveryClient client = context.getBean(EtcdReactiveDiscoveryClient.class);
		AtomicBoolean nonBlocking = new AtomicBoolean();
		List<String> found = client.getInstances("orders")
			.doOnNext((instance) -> nonBlocking.set(Schedulers.isInNonBlockingThread()))
			.map(ServiceInstance::getHost)
			.subscribeOn(Schedulers.parallel())
			.collectList()
			.block(SOON);
		assertThat(found).containsExactly("10.0.0.1");
		assertThat(nonBlocking).isTrue();
		assertThat(client.getServices().collectList().block(SOON)).containsExactly("orders", "stock");
		assertThat(client.getInstances("orders").toStream()).hasSize(1);
	}

	@Test
	void letsGoOfAServiceWithoutLookUps() {
		follow(Duration.ofSeconds(2), "named");
		assertThat(lookUp("orders")).hasSize(1);
		assertThat(lookUp("stock")).hasSize(1);
		await().atMost(AFTER_OUTAGE).until(() -> {
			assertThat(lookUp("stock")).hasSize(1);
			return !this.updater.catalog().instances().containsKey("orders");
		});
		assertThat(this.services.watches()).flatExtracting(MirrorReport::keys)
			.containsExactlyInAnyOrder("/services/stock/", "/services/named/");
		put("orders/2", "10.0.0.2:80");
		assertThat(lookUp("orders")).hasSize(2);
	}

	@Test
	void keepsAServiceWithAListenerAndNotifiesItOfChanges() {
		follow(Duration.ofMillis(500));
		AtomicInteger changes = new AtomicInteger();
		Runnable listener = changes::incrementAndGet;
		this.updater.listeners().add("orders", listener);
		assertThat(lookUp("orders")).hasSize(1);
		assertThat(changes.get()).isPositive();
		assertThat(lookUp("stock")).hasSize(1);
		await().atMost(AFTER_OUTAGE).until(() -> !this.updater.catalog().instances().containsKey("stock"));
		assertThat(this.updater.catalog().instances()).containsKey("orders");
		int before = changes.get();
		put("orders/2", "10.0.0.2:80");
		await().atMost(AFTER_OUTAGE).until(() -> changes.get() > before);
		assertThat(this.updater.catalog().up("orders")).hasSize(2);
		this.updater.listeners().remove("orders", listener);
		await().atMost(AFTER_OUTAGE).until(() -> !this.updater.catalog().instances().containsKey("orders"));
	}

	/** A look-up just before the end must not find an empty service. */
	@Test
	void serviceThatIsLookedUpWhileItIsLetGoIsNeverEmpty() {
		follow(Duration.ofMillis(240));
		for (int i = 0; i < 60; i++) {
			assertThat(lookUp("orders")).as("round " + i).hasSize(1);
			await().pollDelay(Duration.ofMillis(234 + i % 15)).until(() -> true);
		}
	}

	@Test
	void followsAllServicesIfTooManyAreCalled(CapturedOutput output) {
		ConfigurableApplicationContext context = start();
		Map<String, String> many = new TreeMap<>();
		for (int i = 0; i < 100; i++) {
			many.put("/services/many-" + i + "/1", "10.1.0." + i + ":80");
		}
		this.store.transaction(many);
		for (int i = 0; i < 100; i++) {
			assertThat(hosts(context, "many-" + i)).as("many-" + i).containsExactly("10.1.0." + i);
		}
		await().atMost(SOON).until(() -> watched(context).equals(List.of("/services/")));
		assertThat(output).contains("More than 64 services are called");
		put("stock/2", "10.0.1.2:80");
		await().atMost(SOON).until(() -> hosts(context, "stock").size() == 2);
		assertThat(context.getBean(DiscoveryClient.class).getServices()).hasSize(102);
		assertThat(context.getBean(ServiceCatalog.class).status().synced()).isTrue();
	}

	@Test
	void followsAllServicesFromTheStartIfTooManyAreNamed() {
		String names = IntStream.range(0, 70).mapToObj((i) -> "many-" + i).collect(Collectors.joining(","));
		ConfigurableApplicationContext context = start("spring.cloud.etcd.discovery.follow-services=" + names);
		assertThat(watched(context)).containsExactly("/services/");
		assertThat(hosts(context, "orders")).containsExactly("10.0.0.1");
	}

	@Test
	void listsNamesOfAllServicesWithoutFollowingThem() {
		ConfigurableApplicationContext context = start();
		DiscoveryClient client = context.getBean(DiscoveryClient.class);
		assertThat(client.getServices()).containsExactly("orders", "stock");
		assertThat(watched(context)).isEmpty();
		assertThat(hosts(context, "orders")).hasSize(1);
		this.store.delete("/services/orders/1");
		await().atMost(SOON).until(() -> client.getServices().equals(List.of("stock")));
	}

	@Test
	void newNameIsFoundLaterAndAnnounced() {
		AtomicBoolean announced = new AtomicBoolean();
		ConfigurableApplicationContext context = start();
		context.addApplicationListener((ApplicationListener<HeartbeatEvent>) (event) -> announced.set(true));
		ServiceCatalog catalog = context.getBean(ServiceCatalog.class);
		assertThat(catalog.getServices().join()).containsExactly("orders", "stock");
		put("new/1", "10.0.3.1:80");
		await().atMost(Duration.ofSeconds(45)).until(() -> catalog.getServices().join().contains("new"));
		await().atMost(SOON).untilTrue(announced);
	}

	@Test
	void remembersCalledServicesInTheSnapshotFile() {
		String file = "spring.cloud.etcd.discovery.snapshot-file=" + this.directory.resolve("catalog");
		try (ConfigurableApplicationContext context = start(file)) {
			assertThat(hosts(context, "orders")).hasSize(1);
		}
		ConfigurableApplicationContext again = start(file);
		assertThat(watched(again)).containsExactly("/services/orders/");
		assertThat(again.getBean(ServiceCatalog.class).instances()).containsOnlyKeys("orders");
	}

	@Test
	void startsWithoutEtcdFromTheSnapshotFile() {
		String file = "spring.cloud.etcd.discovery.snapshot-file=" + this.directory.resolve("catalog");
		try (ConfigurableApplicationContext context = start(file)) {
			assertThat(hosts(context, "orders")).hasSize(1);
		}
		this.etcd.kill();
		ConfigurableApplicationContext again = start(file, "spring.cloud.etcd.request-timeout=1s");
		assertThat(hosts(again, "orders")).containsExactly("10.0.0.1");
		assertThat(hosts(again, "stock")).isEmpty();
		this.etcd.restart();
		put("orders/2", "10.0.0.2:80");
		await().atMost(AFTER_OUTAGE)
			.until(() -> hosts(again, "orders").size() == 2 && hosts(again, "stock").size() == 1);
	}

	/** Its names do not tell what was called. */
	@Test
	void snapshotFileOfAllServicesServesAnOutageOnly() {
		String file = "spring.cloud.etcd.discovery.snapshot-file=" + this.directory.resolve("catalog");
		try (ConfigurableApplicationContext all = start(file, "spring.cloud.etcd.discovery.follow=all")) {
			assertThat(hosts(all, "orders")).hasSize(1);
		}
		try (ConfigurableApplicationContext called = start(file)) {
			assertThat(watched(called)).isEmpty();
			assertThat(called.getBean(ServiceCatalog.class).instances()).isEmpty();
		}
	}

	@Test
	void namedServicesAreFollowedFromTheStart() {
		ConfigurableApplicationContext context = start("spring.cloud.etcd.discovery.follow-services=stock,orders");
		assertThat(watched(context)).containsExactlyInAnyOrder("/services/orders/", "/services/stock/");
		assertThat(context.getBean(ServiceCatalog.class).instances()).containsOnlyKeys("orders", "stock");
	}

	@Test
	void failFastRequiresEtcdEvenIfNothingIsFollowedYet() {
		this.etcd.kill();
		assertThatException()
			.isThrownBy(
					() -> start("spring.cloud.etcd.discovery.fail-fast=true", "spring.cloud.etcd.startup-timeout=1s"))
			.withStackTraceContaining("spring.cloud.etcd.discovery.fail-fast is set");
	}

	@Test
	void healthNeitherFollowsNorNamesServicesThatAreNotCalled() {
		ConfigurableApplicationContext context = start("management.endpoint.health.show-details=always");
		assertThat(context.getBean(HealthEndpoint.class).health().getStatus()).isEqualTo(Status.UP);
		assertThat(context.getEnvironment()
			.getProperty("spring.cloud.discovery.client.health-indicator.use-services-query", Boolean.class)).isFalse();
		assertThat(watched(context)).isEmpty();
	}

	@Test
	@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
	void closesQuicklyWhileEtcdHangs() {
		ConfigurableApplicationContext context = start();
		for (int i = 0; i < 20; i++) {
			hosts(context, "service-" + i);
		}
		this.etcd.freeze();
		long before = System.nanoTime();
		context.close();
		assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(3));
		await().atMost(5, TimeUnit.SECONDS)
			.until(() -> Thread.getAllStackTraces()
				.keySet()
				.stream()
				.noneMatch((thread) -> thread.getName().startsWith("etcd-mirror-service-")
						|| thread.getName().startsWith("etcd-discovery-")));
	}

	private void follow(Duration idleTime, String... always) {
		ConfigurableApplicationContext context = start();
		InstanceKeys keys = new InstanceKeys("/services");
		CatalogEventPublisher events = this.opened.add(new CatalogEventPublisher(context));
		this.updater = new CatalogUpdater(keys, context.getBean(InstanceOverrides.class),
				new VanishedInstances(Duration.ofSeconds(10), System::nanoTime), events);
		this.services = this.opened.add(new CalledServices(this.store.get(), keys, this.updater,
				new ServiceNames(this.store.get(), keys, events), Set.of(always), List.of(), idleTime, () -> {
				}));
		this.services.open();
	}

	private List<ServiceInstance> lookUp(String service) {
		this.services.follow(service).join();
		return this.updater.catalog().up(service);
	}

	private ConfigurableApplicationContext start(String... properties) {
		SpringApplicationBuilder application = Applications.plain(this.etcd, "client")
			.properties("spring.cloud.etcd.discovery.register=false", "spring.cloud.etcd.discovery.follow=called")
			.properties(properties);
		return this.opened.add(application.run());
	}

	private static List<String> watched(ConfigurableApplicationContext context) {
		return context.getBean(ServiceCatalog.class)
			.watches()
			.stream()
			.map(MirrorReport::keys)
			.flatMap(List::stream)
			.toList();
	}

	private static List<String> hosts(ConfigurableApplicationContext context, String service) {
		return context.getBean(DiscoveryClient.class)
			.getInstances(service)
			.stream()
			.map(ServiceInstance::getHost)
			.toList();
	}

	private void put(String key, String value) {
		this.store.put("/services/" + key, value);
	}

}
