package io.github.etcdspring.refresh;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.validation.Validator;

import static org.assertj.core.api.Assertions.assertThat;

class LivePropertiesTests {

	@Test
	void holderOfARecordStartsWithTheBeanAndFollows() {
		try (LiveApplication application = LiveApplication.start(Application.class,
				Map.of("price.rate", "1", "price.currency", "EUR", "other", "x"))) {
			Shop shop = application.bean(Shop.class);
			Price first = shop.price.get();
			assertThat(first).isSameAs(application.bean(Price.class));
			application.put("other", "y");
			assertThat(shop.price.get()).isSameAs(first);
			application.put(Map.of("price.rate", "2", "price.currency", "USD"));
			assertThat(shop.price.get()).isEqualTo(new Price(2, "USD"));
			assertThat(first).isEqualTo(new Price(1, "EUR"));
		}
	}

	@Test
	void definingHoldersCreatesNoFactoryBean() {
		AtomicInteger created = new AtomicInteger();
		DefaultListableBeanFactory beans = new DefaultListableBeanFactory();
		RootBeanDefinition definition = new RootBeanDefinition(FactoryBean.class, () -> {
			created.incrementAndGet();
			return new StringFactory();
		});
		beans.registerBeanDefinition("factory", definition);
		assertThat(new PropertiesBeans(beans).all()).isEmpty();
		assertThat(created).hasValue(0);
	}

	@Test
	void recordWithAFailingConstructorRejectsTheChange() {
		try (LiveApplication application = LiveApplication.start(Application.class,
				Map.of("price.rate", "1", "price.currency", "EUR"))) {
			assertThat(application.put("price.rate", "-77")).isFalse();
			assertThat(application.bean(Shop.class).price.get().rate()).isOne();
			ConfigurationStatus.Rejected rejected = application.status().rejected();
			assertThat(rejected.key()).isEqualTo("/config/orders/price/rate");
			assertThat(rejected.reason()).contains("price", "IllegalArgumentException").doesNotContain("-77");
		}
	}

	@Test
	void instanceOfABeanWithSettersNeverChanges() {
		try (LiveApplication application = LiveApplication.start(Application.class,
				Map.of("first.name", "a", "second.name", "b"))) {
			Shop shop = application.bean(Shop.class);
			Named before = shop.first.get();
			assertThat(before.getName()).isEqualTo("a");
			application.put("first.name", "c");
			assertThat(before.getName()).isEqualTo("a");
			assertThat(shop.first.get().getName()).isEqualTo("c");
			assertThat(shop.second.get().getName()).isEqualTo("b");
			assertThat(application.context().getBean("first", Named.class).getName()).isEqualTo("c");
		}
	}

	@Test
	void holdersShareOneRehearsalContext() {
		try (LiveApplication application = LiveApplication.start(Validated.class,
				Map.of("first.name", "a", "second.name", "b"))) {
			assertThat(application.bean(Shop.class).first.get().getName()).isEqualTo("a");
			assertThat(application.bean(Shop.class).second.get().getName()).isEqualTo("b");
			// one of the application and one of the rehearsal context
			assertThat(application.bean(AtomicInteger.class)).hasValue(2);
			application.put("first.name", "c");
			assertThat(application.bean(Shop.class).first.get().getName()).isEqualTo("c");
			assertThat(application.bean(AtomicInteger.class)).hasValue(2);
		}
	}

	@Test
	void holderThatIsFilledWhileAChangeIsRehearsedFollows() throws Exception {
		try (LiveApplication application = LiveApplication.start(Gated.class,
				Map.of("early.name", "a", "gated.name", "b"))) {
			Gate gate = application.bean(Gate.class);
			CompletableFuture<Boolean> change = CompletableFuture
				.supplyAsync(() -> application.put(Map.of("early.name", "c", "gated.name", "gate")));
			assertThat(gate.arrived().await(10, TimeUnit.SECONDS)).isTrue();
			LiveProperties<?> early = (LiveProperties<?>) application.context().getBean("early.live");
			assertThat(((Named) early.get()).getName()).isEqualTo("a");
			gate.opened().countDown();
			assertThat(change.get(10, TimeUnit.SECONDS)).isTrue();
			assertThat(((Named) early.get()).getName()).isEqualTo("c");
			application.put("early.name", "d");
			assertThat(((Named) early.get()).getName()).isEqualTo("d");
		}
	}

	@Test
	void holderIsTheBeanItselfWithoutConfigurationInEtcd() {
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class, Plain.class)
			.web(WebApplicationType.NONE)
			.properties("spring.cloud.etcd.enabled=false", "price.rate=3", "price.currency=CHF")
			.run()) {
			assertThat(context.getBean(Shop.class).price.get()).isSameAs(context.getBean(Price.class));
			assertThat(context.getBean(Shop.class).first.get()).isSameAs(context.getBean("first"));
			assertThat(context.getBeanProvider(ConfigRefresh.class).stream()).isEmpty();
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Plain {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(Price.class)
	static class Application {

		@Bean
		@ConfigurationProperties("first")
		Named first() {
			return new Named();
		}

		@Bean
		@ConfigurationProperties("second")
		Named second() {
			return new Named();
		}

		@Bean
		Shop shop(LiveProperties<Price> price, @Qualifier("first") LiveProperties<Named> first,
				@Qualifier("second") LiveProperties<Named> second) {
			return new Shop(price, first, second);
		}

	}

	static class StringFactory implements FactoryBean<String> {

		@Override
		public String getObject() {
			return "made";
		}

		@Override
		public Class<?> getObjectType() {
			return String.class;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Validated extends Application {

		@Bean
		static AtomicInteger validators() {
			return new AtomicInteger();
		}

		@Bean
		@Scope(BeanDefinition.SCOPE_PROTOTYPE)
		static Validator configurationPropertiesValidator(AtomicInteger validators) {
			validators.incrementAndGet();
			return Validator.forInstanceOf(Named.class, (target, errors) -> {
			});
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Gated {

		@Bean
		@ConfigurationProperties("early")
		Named early() {
			return new Named();
		}

		@Bean
		@ConfigurationProperties("gated")
		Named gated() {
			return new Named();
		}

		@Bean
		static Gate gate() {
			return new Gate(new CountDownLatch(1), new CountDownLatch(1));
		}

		@Bean
		static Validator configurationPropertiesValidator(Gate gate) {
			return Validator.forInstanceOf(Named.class, (target, errors) -> {
				if (target.getName().equals("gate")) {
					gate.pass();
				}
			});
		}

	}

	record Gate(CountDownLatch arrived, CountDownLatch opened) {

		void pass() {
			this.arrived.countDown();
			try {
				assertThat(this.opened.await(10, TimeUnit.SECONDS)).isTrue();
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		}

	}

	record Shop(LiveProperties<Price> price, LiveProperties<Named> first, LiveProperties<Named> second) {

	}

	@ConfigurationProperties("price")
	record Price(int rate, String currency) {

		Price {
			if (rate < 0) {
				throw new IllegalArgumentException("A rate of " + rate);
			}
		}

	}

	static class Named {

		private String name = "";

		String getName() {
			return this.name;
		}

		void setName(String name) {
			this.name = name;
		}

	}

}
