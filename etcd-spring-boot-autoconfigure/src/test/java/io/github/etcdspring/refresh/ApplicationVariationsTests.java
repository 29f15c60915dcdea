package io.github.etcdspring.refresh;

import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import jakarta.validation.constraints.NotNull;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.context.config.annotation.RefreshScope;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.support.PropertySourcesPlaceholderConfigurer;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.PropertySource;
import org.springframework.validation.annotation.Validated;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Refresh of applications with unusual beans, contexts and property sources.
 */
@ExtendWith(OutputCaptureExtension.class)
class ApplicationVariationsTests {

	private static final Map<String, Object> INITIAL = Map.of("pool.size", "1", "greeting", "hello");

	@Test
	void scopedBeanThatCannotConvertAValueRejectsTheChange() {
		try (LiveApplication application = LiveApplication.start(Scoped.class, INITIAL)) {
			assertThat(application.put(Map.of("pool.size", "abc", "greeting", "hi"))).isFalse();
			assertThat(application.status().rejected().key()).isEqualTo("/config/orders/pool/size");
			assertThat(application.bean(Pool.class).size()).isOne();
			assertThat(application.property("greeting")).isEqualTo("hello");
			assertThat(application.put("pool.size", "2")).isTrue();
			assertThat(application.bean(Pool.class).size()).isEqualTo(2);
		}
	}

	@Test
	void scopedBeanWithAFailingConstructorRejectsTheChange() {
		try (LiveApplication application = LiveApplication.start(Scoped.class, INITIAL)) {
			assertThat(application.put("pool.size", "0")).isFalse();
			assertThat(application.bean(BoundPool.class).size()).isOne();
			assertThat(application.put("pool.size", "3")).isTrue();
			assertThat(application.bean(BoundPool.class).size()).isEqualTo(3);
		}
	}

	@Test
	void removalOfAKeyThatAScopedBeanNeedsIsRejected() {
		try (LiveApplication application = LiveApplication.start(Scoped.class, INITIAL)) {
			assertThat(application.remove("pool.size")).isFalse();
			assertThat(application.status().rejected().reason()).containsAnyOf("pool.size", "boundPool");
			assertThat(application.bean(Pool.class).size()).isOne();
		}
	}

	@Test
	void scopedBeansFollowAPropertiesBeanHoweverItIsAccessed() {
		try (LiveApplication application = LiveApplication.start(Scoped.class, INITIAL)) {
			assertThat(application.put("pool.size", "7")).isTrue();
			assertThat(application.context().getBean("byProvider")).hasToString("7");
			assertThat(application.context().getBean("byLookup")).hasToString("7");
			assertThat(application.context().getBean("byExpression")).hasToString("7");
			assertThat(application.context().getBean("byFactory")).hasToString("7");
			assertThat(application.put("pool.size", "8")).isTrue();
			assertThat(application.context().getBean("byLookup")).hasToString("8");
			assertThat(application.context().getBean("byFactory")).hasToString("8");
		}
	}

	@Test
	void randomValuesStayUntilTheirPropertiesChange() {
		try (LiveApplication application = LiveApplication.start(RandomValues.class, INITIAL,
				"--app.id=${random.uuid}")) {
			RandomValues values = application.bean(RandomValues.class);
			String id = values.id;
			int number = values.number;
			assertThat(application.put("greeting", "hi")).isTrue();
			assertThat(values.id).isEqualTo(id);
			assertThat(values.number).isEqualTo(number);
		}
	}

	@Test
	void beanOfAFactoryMethodKeepsUnboundState() {
		try (LiveApplication application = LiveApplication.start(Mails.class, INITIAL)) {
			Mail mail = application.bean(Mail.class);
			assertThat(application.put("mail.tries", "9")).isTrue();
			assertThat(mail.getTries()).isEqualTo(9);
			assertThat(mail.getFrom()).isEqualTo("shop");
			LiveProperties<?> live = (LiveProperties<?>) application.context().getBean("mail.live");
			assertThat(((Mail) live.get()).getFrom()).isEqualTo("shop");
			assertThat(application.remove("mail.tries")).isTrue();
			assertThat(mail.getTries()).isEqualTo(3);
			assertThat(((Mail) live.get()).getTries()).isEqualTo(3);
		}
	}

	@Test
	void localPropertiesOfSeveralPlaceholderConfigurersAreKept() {
		try (LiveApplication application = LiveApplication.start(LocalProperties.class, INITIAL)) {
			LocalProperties.Reader reader = application.bean(LocalProperties.Reader.class);
			assertThat(application.put("greeting", "hi")).isTrue();
			assertThat(reader.local).isEqualTo("a");
			assertThat(reader.both).isEqualTo("a hi");
		}
	}

	@Test
	void wrappedPropertySourcesAreFollowed() {
		try (LiveApplication application = LiveApplication.start(Wrapping.class, INITIAL)) {
			assertThat(application.put("pool.size", "4")).isTrue();
			assertThat(application.bean(PoolProperties.class).getSize()).isEqualTo(4);
			assertThat(application.property("pool.size")).isEqualTo("4");
			assertThat(application.put("pool.size", "abc")).isFalse();
			assertThat(application.property("pool.size")).isEqualTo("4");
			assertThat(application.put(Map.of("pool.size", "4", "pool.new-name", "n"))).isTrue();
			assertThat(application.bean(PoolProperties.class).getNewName()).isEqualTo("n");
		}
	}

	@Test
	void cachingPropertySourceIsLoggedOnce(CapturedOutput output) {
		try (LiveApplication application = LiveApplication.start(Caching.class, INITIAL)) {
			assertThat(application.property("greeting")).isEqualTo("hello");
			application.put("unknown", "u");
			assertThat(output).doesNotContain("caches its values");
			application.put("greeting", "s3cret");
			application.put("greeting", "s3cret2");
			assertThat(output)
				.containsOnlyOnce("Property source '" + LiveApplication.OWN + "' of " + CachingWrapper.class.getName()
						+ " caches its values")
				.doesNotContain("s3cret");
		}
	}

	@Test
	void methodsWithSeveralValuesAndExpressionsOfTheEnvironmentFollow() {
		try (LiveApplication application = LiveApplication.start(Values.class, INITIAL)) {
			Values values = application.bean(Values.class);
			assertThat(application.put(Map.of("greeting", "hi", "pool.size", "5"))).isTrue();
			assertThat(values.both).isEqualTo("hi 5");
			assertThat(values.expression).isEqualTo("hi");
		}
	}

	@Test
	void singletonThatIsCreatedWhileAChangeIsAppliedFollows() throws Exception {
		try (LiveApplication application = LiveApplication.start(LateBeans.class, INITIAL)) {
			CompletableFuture<Late> late = CompletableFuture.supplyAsync(() -> application.bean(Late.class));
			assertThat(Late.arrived.await(10, TimeUnit.SECONDS)).isTrue();
			assertThat(application.put(Map.of("greeting", "hi", "late.size", "2"))).isTrue();
			Late.gate.countDown();
			assertThat(late.get(10, TimeUnit.SECONDS).greeting).isEqualTo("hi");
			assertThat(application.bean(Late.class).getSize()).isEqualTo(2);
		}
	}

	@Test
	void valuesThatAreDerivedAtInitializationFollow() {
		try (LiveApplication application = LiveApplication.start(Derived.class, Map.of("derived.host", "a"))) {
			assertThat(application.bean(DerivedProperties.class).url).isEqualTo("http://a");
			assertThat(application.put("derived.host", "b")).isTrue();
			assertThat(application.bean(DerivedProperties.class).url).isEqualTo("http://b");
		}
	}

	@Test
	void beansOfAParentAndOfAChildContextFollow() {
		try (LiveApplication application = LiveApplication.start(Bound.class, INITIAL);
				ConfigurableApplicationContext child = new SpringApplicationBuilder(LiveApplication.Base.class,
						Bound.class)
					.web(WebApplicationType.NONE)
					.parent(application.context())
					.run("--spring.main.banner-mode=off", "--spring.cloud.etcd.enabled=false")) {
			for (int i = 2; i <= 50; i++) {
				assertThat(application.put("pool.size", i)).isTrue();
				assertThat(application.bean(PoolProperties.class).getSize()).isEqualTo(i);
				assertThat(child.getBean(PoolProperties.class).getSize()).isEqualTo(i);
				assertThat(child.getBean(Pool.class).size()).isEqualTo(i);
			}
			assertThat(child.getBean(PoolProperties.class)).isNotSameAs(application.bean(PoolProperties.class));
			assertThat(application.events(EtcdConfigurationAppliedEvent.class)).hasSize(49);
			assertThat(application.put("pool.size", "abc")).isFalse();
		}
	}

	@Test
	void changeDuringTheStartOfAChildContextIsNotLost() {
		try (LiveApplication application = LiveApplication.start(Bound.class, INITIAL);
				ConfigurableApplicationContext child = new SpringApplicationBuilder(LiveApplication.Base.class,
						Bound.class, Starting.class)
					.web(WebApplicationType.NONE)
					.parent(application.context())
					.initializers((context) -> context.getBeanFactory()
						.registerSingleton("change", (Runnable) () -> application.put("pool.size", 7)))
					.run("--spring.main.banner-mode=off", "--spring.cloud.etcd.enabled=false")) {
			assertThat(application.bean(PoolProperties.class).getSize()).isEqualTo(7);
			assertThat(child.getBean(PoolProperties.class).getSize()).isEqualTo(7);
			assertThat(child.getBean(Pool.class).size()).isEqualTo(7);
			assertThat(child.getBean(Starting.class).size).isEqualTo(7);
		}
	}

	@Test
	void rehearsedInstancesAreDestroyed() {
		try (LiveApplication application = LiveApplication.start(Counted.class, INITIAL)) {
			for (int i = 0; i < 20; i++) {
				assertThat(application.put("counted.size", i)).isTrue();
			}
			assertThat(CountedBean.open.get()).isOne();
		}
	}

	@Test
	void candidateCheckRejectsAChange() {
		try (LiveApplication application = LiveApplication.start(Checked.class, INITIAL)) {
			assertThat(application.put("greeting", "bye")).isFalse();
			assertThat(application.status().rejected().reason()).contains("not polite");
			assertThat(application.put("greeting", "hi")).isTrue();
		}
	}

	@Test
	void changeIsAppliedWhenAFailedCheckSucceedsOnRetry() {
		try (LiveApplication application = LiveApplication.start(Checked.class, INITIAL)) {
			application.bean(Checked.class).fails.set(true);
			assertThat(application.put("greeting", "hi")).isFalse();
			assertThat(application.status().rejected()).isNotNull();
			assertThat(application.put(Map.of())).isTrue();
			assertThat(application.property("greeting")).isEqualTo("hi");
			assertThat(application.status().rejected()).isNull();
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class Scoped {

		@Bean
		@RefreshScope
		Pool pool(@Value("${pool.size}") int size) {
			return new Pool(size);
		}

		@Bean
		@RefreshScope
		BoundPool boundPool(PoolProperties properties) {
			return new BoundPool(properties);
		}

		@Bean
		@RefreshScope
		Text byProvider(ObjectProvider<PoolProperties> properties) {
			return new Text(properties.getObject().getSize());
		}

		@Bean
		@RefreshScope
		Text byLookup(ApplicationContext context) {
			return new Text(context.getBean(PoolProperties.class).getSize());
		}

		@Bean
		@RefreshScope
		Text byExpression(@Value("#{@poolProperties.toString()}") int size) {
			return new Text(size);
		}

		@Bean
		@RefreshScope
		TextFactory byFactory(ApplicationContext context) {
			return new TextFactory(context);
		}

		@Bean("poolProperties")
		PoolProperties poolProperties() {
			return new PoolProperties();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(PoolProperties.class)
	static class Bound {

		@Bean
		@RefreshScope
		Pool pool(@Value("${pool.size}") int size) {
			return new Pool(size);
		}

	}

	static class Text {

		private final int size;

		Text() {
			this(0);
		}

		Text(int size) {
			this.size = size;
		}

		@Override
		public String toString() {
			return String.valueOf(this.size);
		}

	}

	static class TextFactory implements FactoryBean<Text> {

		private final ApplicationContext context;

		private Text text;

		TextFactory(ApplicationContext context) {
			this.context = context;
		}

		@Override
		public Text getObject() {
			if (this.text == null) {
				this.text = new Text(this.context.getBean("poolProperties", PoolProperties.class).getSize());
			}
			return this.text;
		}

		@Override
		public Class<?> getObjectType() {
			return Text.class;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Starting {

		@Value("${pool.size}")
		private int size;

		/** Called before the context takes part in changes. */
		@Bean
		static SmartInitializingSingleton starting(Runnable change, ObjectProvider<Pool> pools) {
			return () -> {
				pools.forEach(Pool::size);
				change.run();
			};
		}

	}

	static class Pool {

		private final int size;

		Pool() {
			this(0);
		}

		Pool(int size) {
			this.size = size;
		}

		int size() {
			return this.size;
		}

	}

	static class BoundPool {

		private final int size;

		BoundPool() {
			this.size = 0;
		}

		BoundPool(PoolProperties properties) {
			if (properties.getSize() == 0) {
				throw new IllegalArgumentException("No size");
			}
			this.size = properties.getSize();
		}

		int size() {
			return this.size;
		}

	}

	@ConfigurationProperties("pool")
	static class PoolProperties {

		private int size;

		private String newName;

		int getSize() {
			return this.size;
		}

		void setSize(int size) {
			this.size = size;
		}

		String getNewName() {
			return this.newName;
		}

		void setNewName(String newName) {
			this.newName = newName;
		}

		@Override
		public String toString() {
			return String.valueOf(this.size);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class RandomValues {

		@Value("${app.id}")
		private String id;

		@Value("${random.int}")
		private int number;

	}

	@Configuration
	static class Mails {

		@Bean
		@Validated
		@ConfigurationProperties("mail")
		Mail mail() {
			Mail mail = new Mail();
			mail.setTries(3);
			mail.setFrom("shop");
			return mail;
		}

	}

	static class Mail {

		private int tries;

		@NotNull
		private String from;

		int getTries() {
			return this.tries;
		}

		void setTries(int tries) {
			this.tries = tries;
		}

		String getFrom() {
			return this.from;
		}

		void setFrom(String from) {
			this.from = from;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class LocalProperties {

		@Bean
		static PropertySourcesPlaceholderConfigurer first() {
			return configurer("local.a", "a");
		}

		@Bean
		static PropertySourcesPlaceholderConfigurer second() {
			return configurer("local.b", "b");
		}

		private static PropertySourcesPlaceholderConfigurer configurer(String name, String value) {
			Properties properties = new Properties();
			properties.setProperty(name, value);
			PropertySourcesPlaceholderConfigurer configurer = new PropertySourcesPlaceholderConfigurer();
			configurer.setProperties(properties);
			configurer.setIgnoreUnresolvablePlaceholders(true);
			return configurer;
		}

		@Bean
		Reader reader() {
			return new Reader();
		}

		static class Reader {

			@Value("${local.a}")
			private String local;

			@Value("${local.a} ${greeting}")
			private String both;

		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(PoolProperties.class)
	static class Wrapping {

		@Bean
		static BeanFactoryPostProcessor wrapper(ConfigurableEnvironment environment) {
			return (beans) -> {
				MutablePropertySources sources = environment.getPropertySources();
				for (PropertySource<?> source : List.copyOf(sources.stream().toList())) {
					if (source.getName().startsWith("etcd:")) {
						sources.replace(source.getName(), new Wrapper((EnumerablePropertySource<?>) source));
					}
				}
			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Caching {

		@Bean
		static BeanFactoryPostProcessor wrapper(ConfigurableEnvironment environment) {
			return (beans) -> {
				MutablePropertySources sources = environment.getPropertySources();
				PropertySource<?> source = sources.get(LiveApplication.OWN);
				sources.replace(source.getName(), new CachingWrapper((EnumerablePropertySource<?>) source));
			};
		}

	}

	static class CachingWrapper extends Wrapper {

		private final Map<String, Object> cache = new ConcurrentHashMap<>();

		CachingWrapper(EnumerablePropertySource<?> source) {
			super(source);
		}

		@Override
		public Object getProperty(String name) {
			return this.cache.computeIfAbsent(name, super::getProperty);
		}

	}

	static class Wrapper extends EnumerablePropertySource<EnumerablePropertySource<?>> {

		Wrapper(EnumerablePropertySource<?> source) {
			super(source.getName(), source);
		}

		@Override
		public String[] getPropertyNames() {
			return getSource().getPropertyNames();
		}

		@Override
		public Object getProperty(String name) {
			return getSource().getProperty(name);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Values {

		private String both;

		@Value("#{environment['greeting']}")
		private String expression;

		@Autowired
		void set(@Value("${greeting}") String greeting, @Value("${pool.size}") int size) {
			this.both = greeting + " " + size;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class LateBeans {

		@Bean
		@Lazy
		Late late() {
			return new Late();
		}

	}

	@ConfigurationProperties("late")
	static class Late implements InitializingBean {

		private static final CountDownLatch arrived = new CountDownLatch(1);

		private static final CountDownLatch gate = new CountDownLatch(1);

		private static final AtomicBoolean first = new AtomicBoolean(true);

		@Value("${greeting}")
		private String greeting;

		private int size;

		int getSize() {
			return this.size;
		}

		void setSize(int size) {
			this.size = size;
		}

		@Override
		public void afterPropertiesSet() throws Exception {
			if (first.compareAndSet(true, false)) {
				arrived.countDown();
				assertThat(gate.await(10, TimeUnit.SECONDS)).isTrue();
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(DerivedProperties.class)
	static class Derived {

	}

	@ConfigurationProperties("derived")
	static class DerivedProperties implements InitializingBean {

		private String host;

		private String url;

		void setHost(String host) {
			this.host = host;
		}

		@Override
		public void afterPropertiesSet() {
			this.url = "http://" + this.host;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(CountedBean.class)
	static class Counted {

	}

	@ConfigurationProperties("counted")
	static class CountedBean implements AutoCloseable {

		private static final AtomicInteger open = new AtomicInteger();

		private int size;

		CountedBean() {
			open.incrementAndGet();
		}

		int getSize() {
			return this.size;
		}

		void setSize(int size) {
			this.size = size;
		}

		@Override
		public void close() {
			open.decrementAndGet();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Checked {

		private final AtomicBoolean fails = new AtomicBoolean();

		@Bean
		CandidateCheck check() {
			return (candidate, changed) -> {
				if (this.fails.getAndSet(false)) {
					throw new UnsupportedOperationException();
				}
				if ("bye".equals(candidate.getProperty("greeting"))) {
					throw new RejectedConfigurationException(null, "greeting is not polite");
				}
			};
		}

	}

}
