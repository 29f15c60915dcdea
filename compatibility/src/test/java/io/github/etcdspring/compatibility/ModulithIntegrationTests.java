package io.github.etcdspring.compatibility;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.github.etcdspring.refresh.EtcdConfigurationAppliedEvent;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.event.EventListener;
import org.springframework.modulith.events.ApplicationModuleListener;
import org.springframework.modulith.events.CompletedEventPublications;
import org.springframework.modulith.events.core.EventPublicationRegistry;
import org.springframework.transaction.annotation.Transactional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Events between application modules, which Spring Modulith stores in a database until
 * they have been handled.
 */
class ModulithIntegrationTests extends AbstractCompatibilityTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	@Test
	void modulesReceiveAnEventOfEachChangeAndReadTheCurrentValue() {
		put("/config/shop/shop/name", "one");
		ConfigurableApplicationContext context = start(Shop.class, "shop", WebApplicationType.NONE,
				"libraries=jdbc,modulith", "spring.cloud.etcd.discovery.register=false",
				"spring.datasource.generate-unique-name=true",
				"spring.modulith.events.jdbc.schema-initialization.enabled=true");
		List<String> received = context.getBean(Received.class).received;
		for (String name : new String[] { "two", "three" }) {
			put("/config/shop/shop/name", name);
			await().atMost(SOON).until(() -> received.contains(name + " " + name));
		}
		assertThat(received).containsExactly("two two", "three three");
		await().atMost(SOON)
			.untilAsserted(
					() -> assertThat(context.getBean(EventPublicationRegistry.class).findIncompletePublications())
						.isEmpty());
		assertThat(context.getBean(CompletedEventPublications.class).findAll()).hasSize(2);
	}

	record NameChanged(String name) {
	}

	static class Received {

		private final List<String> received = new CopyOnWriteArrayList<>();

	}

	/** Publishes an event of the application for each change. */
	static class Names {

		private final ApplicationEventPublisher events;

		@Value("${shop.name}")
		private volatile String name;

		Names(ApplicationEventPublisher events) {
			this.events = events;
		}

		@EventListener(EtcdConfigurationAppliedEvent.class)
		@Transactional
		void onApplied() {
			this.events.publishEvent(new NameChanged(this.name));
		}

	}

	static class Labels {

		private final Received received;

		@Value("${shop.name}")
		private volatile String name;

		Labels(Received received) {
			this.received = received;
		}

		@ApplicationModuleListener
		void onNameChanged(NameChanged event) {
			this.received.received.add(event.name() + " " + this.name);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import({ Labels.class, Names.class, Received.class })
	static class Shop {

	}

}
