package io.github.etcdspring.discovery;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

import io.github.etcdspring.discovery.CatalogEventPublisher.CatalogListedEvent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.cloud.client.discovery.event.HeartbeatEvent;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.support.GenericApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class CatalogEventPublisherTests {

	private static final Duration SOON = Duration.ofSeconds(5);

	private final GenericApplicationContext context = new GenericApplicationContext();

	private final CatalogEventPublisher events = new CatalogEventPublisher(this.context);

	private final List<ApplicationEvent> published = new CopyOnWriteArrayList<>();

	@BeforeEach
	void listen() {
		this.context.addApplicationListener((ApplicationListener<ApplicationEvent>) (event) -> {
			if (event instanceof HeartbeatEvent || event instanceof CatalogListedEvent) {
				this.published.add(event);
			}
		});
		this.context.refresh();
	}

	@AfterEach
	void close() {
		this.events.close();
		this.context.close();
	}

	@Test
	void publishesNothingBeforeTheContextIsReady() {
		this.events.changed(7);
		this.events.listed();
		await().during(Duration.ofMillis(100)).until(this.published::isEmpty);
		this.events.open();
		await().atMost(SOON).until(() -> this.published.size() == 2);
		assertThat(this.published.get(0)).isInstanceOf(CatalogListedEvent.class);
		assertThat(heartbeatValues()).hasSize(1);
	}

	@Test
	void publishesFirstListOnceAndWithoutHeartbeat() {
		this.events.open();
		this.events.listed();
		this.events.listed();
		await().atMost(SOON).until(() -> this.published.size() == 1);
		await().during(Duration.ofMillis(100)).until(() -> this.published.size() == 1);
		assertThat(this.published.get(0)).isInstanceOf(CatalogListedEvent.class);
	}

	@Test
	void heartbeatValueIncreasesWithEachChange() {
		this.events.open();
		for (int i = 1; i <= 5; i++) {
			this.events.changed(i * 10L);
			int number = i;
			await().atMost(SOON).until(() -> heartbeatValues().size() == number);
		}
		assertThat(heartbeatValues()).containsExactly(10L, 20L, 30L, 40L, 50L);
	}

	@Test
	void heartbeatValueIncreasesAfterRestoreOfEarlierRevision() {
		this.events.open();
		this.events.changed(10);
		await().atMost(SOON).until(() -> heartbeatValues().size() == 1);
		this.events.changed(3);
		await().atMost(SOON).until(() -> heartbeatValues().size() == 2);
		this.events.changed(11);
		await().atMost(SOON).until(() -> heartbeatValues().size() == 3);
		assertThat(heartbeatValues()).containsExactly(10L, 11L, 12L);
	}

	@Test
	void repeatsTheLastHeartbeatOnce() {
		CatalogEventPublisher repeating = new CatalogEventPublisher(this.context, Duration.ofMillis(300));
		try {
			repeating.open();
			repeating.changed(10);
			await().atMost(SOON).until(() -> heartbeatValues().size() == 1);
			repeating.changed(20);
			await().atMost(SOON).until(() -> heartbeatValues().size() == 3);
			await().during(Duration.ofSeconds(1)).until(() -> heartbeatValues().size() == 3);
			assertThat(heartbeatValues()).containsExactly(10L, 20L, 21L);
			repeating.changed(21);
			await().atMost(SOON).until(() -> heartbeatValues().size() == 5);
			assertThat(heartbeatValues()).endsWith(22L, 23L);
			await().atMost(SOON).until(CatalogEventPublisherTests::hasNoThread);
		}
		finally {
			repeating.close();
		}
	}

	@Test
	void openingAgainPublishesNothing() {
		this.events.open();
		this.events.changed(7);
		await().atMost(SOON).until(() -> heartbeatValues().size() == 1);
		this.events.open();
		await().during(Duration.ofMillis(100)).until(() -> this.published.size() == 1);
	}

	@Test
	void changesDuringASlowListenerAreConflated() {
		CountDownLatch release = new CountDownLatch(1);
		this.context.addApplicationListener((ApplicationListener<HeartbeatEvent>) (event) -> pause(release));
		this.events.open();
		this.events.changed(7);
		await().atMost(SOON).until(() -> heartbeatValues().size() == 1);
		for (int i = 0; i < 100; i++) {
			this.events.changed(7);
		}
		release.countDown();
		await().atMost(SOON).until(() -> heartbeatValues().size() == 2);
		await().during(Duration.ofMillis(100)).until(() -> heartbeatValues().size() == 2);
	}

	@Test
	void listenerThatThrowsReceivesLaterEvents() {
		this.context.addApplicationListener((ApplicationListener<HeartbeatEvent>) (event) -> {
			throw new IllegalStateException("listener");
		});
		this.events.open();
		this.events.changed(7);
		await().atMost(SOON).until(() -> heartbeatValues().size() == 1);
		this.events.changed(7);
		await().atMost(SOON).until(() -> heartbeatValues().size() == 2);
	}

	@Test
	void closeInterruptsSlowListenerAndIgnoresLaterChanges() {
		this.context
			.addApplicationListener((ApplicationListener<HeartbeatEvent>) (event) -> pause(new CountDownLatch(1)));
		this.events.open();
		this.events.changed(7);
		await().atMost(SOON).until(() -> heartbeatValues().size() == 1);
		this.events.close();
		this.events.changed(7);
		await().atMost(SOON).until(CatalogEventPublisherTests::hasNoThread);
		assertThat(heartbeatValues()).hasSize(1);
	}

	private static boolean hasNoThread() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.noneMatch((thread) -> thread.getName().startsWith("etcd-discovery-events"));
	}

	private List<Long> heartbeatValues() {
		return this.published.stream()
			.filter(HeartbeatEvent.class::isInstance)
			.map((event) -> (Long) ((HeartbeatEvent) event).getValue())
			.toList();
	}

	private static void pause(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
