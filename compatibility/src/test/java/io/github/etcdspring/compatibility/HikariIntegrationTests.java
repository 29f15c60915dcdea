package io.github.etcdspring.compatibility;

import java.time.Duration;
import java.util.Objects;

import com.zaxxer.hikari.HikariDataSource;
import io.github.etcdspring.refresh.ConfigRefresh;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The connection pool HikariCP, whose size follows changes while connections stay open.
 */
class HikariIntegrationTests extends AbstractCompatibilityTests {

	private static final Duration SOON = Duration.ofSeconds(30);

	@Test
	void poolFollowsItsSizeAndGoesOnServing() {
		put("/config/shop/spring/datasource/hikari/maximum-pool-size", "3");
		ConfigurableApplicationContext context = start(Shop.class, "shop", WebApplicationType.NONE, "libraries=jdbc",
				"spring.cloud.etcd.discovery.register=false", "spring.datasource.url=jdbc:h2:mem:shop");
		HikariDataSource pool = context.getBean(HikariDataSource.class);
		JdbcTemplate database = context.getBean(JdbcTemplate.class);
		database.execute("create table item (id int)");
		assertThat(pool.getHikariConfigMXBean().getMaximumPoolSize()).isEqualTo(3);
		put("/config/shop/spring/datasource/hikari/maximum-pool-size", "7");
		await().atMost(SOON).until(() -> pool.getHikariConfigMXBean().getMaximumPoolSize() == 7);
		await().atMost(SOON).until(() -> pool.getHikariConfigMXBean().getMinimumIdle() == 7);
		put("/config/shop/spring/datasource/hikari/minimum-idle", "2");
		await().atMost(SOON).until(() -> pool.getHikariConfigMXBean().getMinimumIdle() == 2);
		delete("/config/shop/spring/datasource/hikari/minimum-idle");
		await().atMost(SOON).until(() -> pool.getHikariConfigMXBean().getMinimumIdle() == 7);
		ConfigRefresh refresh = context.getBean(ConfigRefresh.class);
		put("/config/shop/spring/datasource/hikari/connection-timeout", "1");
		await().atMost(SOON).until(() -> refresh.status().rejected() != null);
		assertThat(Objects.requireNonNull(refresh.status().rejected()).reason()).contains(
				"the connection pool 'dataSource' does not accept the value of spring.datasource.hikari.connection-timeout");
		put("/config/shop/spring/datasource/hikari/connection-timeout", "4000");
		await().atMost(SOON).until(() -> pool.getHikariConfigMXBean().getConnectionTimeout() == 4000);
		delete("/config/shop/spring/datasource/hikari/maximum-pool-size");
		await().atMost(SOON).until(() -> pool.getHikariConfigMXBean().getMaximumPoolSize() == 10);
		assertThat(context.getBean(HikariDataSource.class)).isSameAs(pool);
		assertThat(pool.isClosed()).isFalse();
		assertThat(database.queryForObject("select count(*) from item", Integer.class)).isZero();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Shop {

	}

}
