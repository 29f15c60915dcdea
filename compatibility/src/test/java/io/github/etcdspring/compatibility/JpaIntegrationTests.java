package io.github.etcdspring.compatibility;

import java.time.Duration;

import com.zaxxer.hikari.HikariDataSource;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.Id;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.config.EnableJpaRepositories;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Spring Data JPA with Hibernate, HikariCP and H2.
 */
class JpaIntegrationTests extends AbstractCompatibilityTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	@Test
	void poolFollowsItsSizeWhileATransactionGoesOn() {
		put("/config/shop/spring/datasource/hikari/maximum-pool-size", "3");
		ConfigurableApplicationContext context = start();
		HikariDataSource pool = context.getBean(HikariDataSource.class);
		Items items = context.getBean(Items.class);
		assertThat(pool.getHikariConfigMXBean().getMaximumPoolSize()).isEqualTo(3);
		new TransactionTemplate(context.getBean(PlatformTransactionManager.class)).executeWithoutResult((status) -> {
			Item item = items.save(new Item());
			put("/config/shop/spring/datasource/hikari/maximum-pool-size", "7");
			await().atMost(SOON).until(() -> pool.getHikariConfigMXBean().getMaximumPoolSize() == 7);
			assertThat(items.findById(item.id)).containsSame(item);
			items.save(new Item());
		});
		assertThat(items.count()).isEqualTo(2);
		assertThat(pool.isClosed()).isFalse();
	}

	@Test
	void entityManagerFactoryAndRepositoriesSurviveChangesOfTheirProperties() {
		ConfigurableApplicationContext context = start();
		EntityManagerFactory entityManagers = context.getBean(EntityManagerFactory.class);
		Items items = context.getBean(Items.class);
		items.save(new Item());
		for (String value : new String[] { "20", "30" }) {
			put("/config/shop/spring/jpa/properties/hibernate.jdbc.batch_size", value);
			await().atMost(SOON)
				.until(() -> value
					.equals(context.getEnvironment().getProperty("spring.jpa.properties.hibernate.jdbc.batch_size")));
			items.save(new Item());
		}
		assertThat(context.getBean(EntityManagerFactory.class)).isSameAs(entityManagers);
		assertThat(entityManagers.isOpen()).isTrue();
		assertThat(entityManagers.getProperties()).doesNotContainKey("hibernate.jdbc.batch_size");
		assertThat(items.count()).isEqualTo(3);
	}

	private ConfigurableApplicationContext start() {
		return start(Shop.class, "shop", WebApplicationType.NONE, "libraries=data,hibernate,jdbc",
				"spring.cloud.etcd.discovery.register=false", "spring.datasource.generate-unique-name=true",
				"spring.cloud.refresh.never-refreshable=none");
	}

	interface Items extends JpaRepository<Item, Long> {

	}

	@Entity
	static class Item {

		@Id
		@GeneratedValue
		private Long id;

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@EnableJpaRepositories(considerNestedRepositories = true)
	static class Shop {

	}

}
