package io.github.etcdspring.compatibility;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.github.etcdspring.refresh.EtcdConfigurationAppliedEvent;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.cloud.context.config.annotation.RefreshScope;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.config.KafkaListenerEndpointRegistry;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.kafka.listener.ConcurrentMessageListenerContainer;
import org.springframework.kafka.test.EmbeddedKafkaBroker;
import org.springframework.kafka.test.EmbeddedKafkaKraftBroker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Message listeners of Spring for Apache Kafka with an embedded broker.
 */
class KafkaIntegrationTests extends AbstractCompatibilityTests {

	private static final Duration SOON = Duration.ofSeconds(30);

	private static final EmbeddedKafkaBroker broker = new EmbeddedKafkaKraftBroker(1, 4, "orders");

	@BeforeAll
	static void startBroker() {
		broker.afterPropertiesSet();
	}

	@AfterAll
	static void stopBroker() {
		broker.destroy();
	}

	@Test
	void listenerReadsTheCurrentValueAndReceivesOnce() {
		put("/config/shop/shop/name", "one");
		ConfigurableApplicationContext context = start(Shop.class);
		Received received = context.getBean(Received.class);
		send(context, "first");
		await().atMost(SOON).until(() -> received.messages.equals(List.of("one first")));
		follow(context, "two");
		follow(context, "three");
		send(context, "second");
		await().atMost(SOON).until(() -> received.messages.contains("three second"));
		assertThat(received.messages).containsExactly("one first", "three second");
		assertThat(context.getBean(KafkaListenerEndpointRegistry.class).getListenerContainers()).hasSize(1);
	}

	@Test
	void concurrencyFollowsByAListenerOfTheChange() {
		ConfigurableApplicationContext context = start(Shop.class);
		ConcurrentMessageListenerContainer<?, ?> container = (ConcurrentMessageListenerContainer<?, ?>) context
			.getBean(KafkaListenerEndpointRegistry.class)
			.getListenerContainer("orders");
		assertThat(container.getContainers()).hasSize(1);
		put("/config/shop/shop/concurrency", "3");
		await().atMost(SOON).until(() -> container.isRunning() && container.getContainers().size() == 3);
		Received received = context.getBean(Received.class);
		send(context, "message");
		await().atMost(SOON).until(() -> received.messages.contains(" message"));
		assertThat(received.messages).hasSize(1);
	}

	@Test
	void listenerInTheRefreshScopeHasOneConsumer() {
		put("/config/shop/shop/name", "one");
		ConfigurableApplicationContext context = start(RefreshScopedShop.class);
		KafkaListenerEndpointRegistry registry = context.getBean(KafkaListenerEndpointRegistry.class);
		int containers = registry.getListenerContainers().size();
		follow(context, "two");
		follow(context, "three");
		Received received = context.getBean(Received.class);
		send(context, "message");
		await().atMost(SOON).until(() -> !received.messages.isEmpty());
		assertThat(registry.getListenerContainers()).hasSize(containers);
		assertThat(received.messages).hasSize(1);
	}

	@Test
	void listenerWithAnIdInTheRefreshScopeIsCreatedOnce() {
		put("/config/shop/shop/name", "one");
		ConfigurableApplicationContext context = start(RefreshScopedShopWithId.class);
		follow(context, "two");
		follow(context, "three");
		Received received = context.getBean(Received.class);
		send(context, "message");
		await().atMost(SOON).until(() -> !received.messages.isEmpty());
		assertThat(received.messages).containsExactly("one message");
		assertThat(context.getBean(KafkaListenerEndpointRegistry.class).getListenerContainerIds())
			.containsExactly("orders");
	}

	private ConfigurableApplicationContext start(Class<?> application) {
		ConfigurableApplicationContext context = start(application, "shop", WebApplicationType.NONE, "libraries=kafka",
				"spring.cloud.etcd.discovery.register=false",
				"spring.kafka.bootstrap-servers=" + broker.getBrokersAsString(),
				"spring.kafka.consumer.group-id=" + application.getSimpleName() + System.nanoTime(),
				"spring.kafka.consumer.properties.metadata.max.age.ms=1000");
		context.getBean(KafkaListenerEndpointRegistry.class)
			.getListenerContainers()
			.forEach((container) -> await().atMost(SOON)
				.until(() -> container.getAssignedPartitions() != null
						&& !container.getAssignedPartitions().isEmpty()));
		return context;
	}

	@SuppressWarnings("unchecked")
	private static void send(ConfigurableApplicationContext context, String message) {
		KafkaTemplate<String, String> template = context.getBean(KafkaTemplate.class);
		template.send("orders", message);
	}

	private void follow(ConfigurableApplicationContext context, String name) {
		put("/config/shop/shop/name", name);
		await().atMost(SOON).until(() -> context.getBean(Applied.class).name.equals(name));
	}

	static class Received {

		private final List<String> messages = new CopyOnWriteArrayList<>();

	}

	/** The name after each change has been applied. */
	static class Applied {

		private final Environment environment;

		private volatile String name = "";

		Applied(Environment environment) {
			this.environment = environment;
		}

		@EventListener(EtcdConfigurationAppliedEvent.class)
		void onApplied() {
			this.name = this.environment.getProperty("shop.name", "");
		}

	}

	static class OrdersListener {

		private final Received received;

		@Value("${shop.name:}")
		private volatile String name;

		OrdersListener(Received received) {
			this.received = received;
		}

		@KafkaListener(id = "orders", idIsGroup = false, topics = "orders")
		void onOrder(String order) {
			this.received.messages.add(this.name + " " + order);
		}

	}

	/** Restarts the container with the number of consumers in etcd. */
	static class Concurrency {

		private final KafkaListenerEndpointRegistry registry;

		private final Environment environment;

		Concurrency(KafkaListenerEndpointRegistry registry, Environment environment) {
			this.registry = registry;
			this.environment = environment;
		}

		@EventListener(EtcdConfigurationAppliedEvent.class)
		void onApplied() {
			ConcurrentMessageListenerContainer<?, ?> container = (ConcurrentMessageListenerContainer<?, ?>) this.registry
				.getListenerContainer("orders");
			int concurrency = this.environment.getProperty("shop.concurrency", Integer.class, 1);
			if (container != null && container.getConcurrency() != concurrency) {
				container.stop();
				container.setConcurrency(concurrency);
				container.start();
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import({ Applied.class, Concurrency.class, OrdersListener.class, Received.class })
	static class Shop {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import({ Applied.class, Received.class })
	static class RefreshScopedShop {

		@Bean
		@RefreshScope
		RefreshScopedListener ordersListener(Received received) {
			return new RefreshScopedListener(received);
		}

	}

	static class RefreshScopedListener {

		private final Received received;

		RefreshScopedListener(Received received) {
			this.received = received;
		}

		@KafkaListener(topics = "orders")
		void onOrder(String order) {
			this.received.messages.add(order);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import({ Applied.class, Received.class })
	static class RefreshScopedShopWithId {

		@Bean
		@RefreshScope
		RefreshScopedListenerWithId ordersListener(Received received, @Value("${shop.name}") String name) {
			return new RefreshScopedListenerWithId(received, name);
		}

	}

	static class RefreshScopedListenerWithId {

		private final Received received;

		private final String name;

		RefreshScopedListenerWithId(Received received, String name) {
			this.received = received;
			this.name = name;
		}

		@KafkaListener(id = "orders", idIsGroup = false, topics = "orders")
		void onOrder(String order) {
			this.received.messages.add(this.name + " " + order);
		}

	}

}
