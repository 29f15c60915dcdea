package io.github.etcdspring.refresh;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

import io.github.etcdspring.refresh.BeanUpdate.SetterFailedException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import org.springframework.boot.context.properties.bind.BindContext;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.Name;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.cglib.proxy.Enhancer;
import org.springframework.cglib.proxy.NoOp;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class BeanUpdateTests {

	private static final ConfigurationPropertyName PREFIX = ConfigurationPropertyName.of("bean");

	private final Map<Object, Map<String, String>> configurations = new HashMap<>();

	private int created;

	@Test
	void transformingSetterTakesTheBoundValue() throws Exception {
		Transforming live = bind(Transforming::new, Map.of("bean.timeout-seconds", "1", "bean.path", "/one"));
		update(live, Transforming::new, Map.of("bean.timeout-seconds", "2", "bean.path", "/two", "bean.host", "h2"));
		assertThat(live.timeout).isEqualTo(2000);
		assertThat(live.base).isEqualTo("/api/two");
		assertThat(live.host).isEqualTo("h2");
		assertThat(live.getHost()).isEqualTo("http://h2/v1");
	}

	@Test
	void removedPropertyIsResetToTheValueOfTheFactoryMethodDespiteATransformingSetter() throws Exception {
		Supplier<Transforming> factory = () -> {
			Transforming bean = new Transforming();
			bean.setTimeoutSeconds(7);
			bean.setPath("/made");
			bean.setHost("made");
			return bean;
		};
		Transforming live = bind(factory, Map.of("bean.timeout-seconds", "1", "bean.path", "/one", "bean.host", "one"));
		update(live, factory, Map.of());
		assertThat(live.timeout).isEqualTo(7000);
		assertThat(live.base).isEqualTo("/api/made");
		assertThat(live.host).isEqualTo("made");
	}

	@Test
	void setterThatResultsInAWrongValueIsNotCalled() throws Exception {
		Transforming live = bind(Transforming::new, Map.of("bean.path", "/one"));
		live.calls.clear();
		update(live, Transforming::new, Map.of());
		assertThat(live.base).isEqualTo("/api");
		assertThat(live.calls).isEmpty();
	}

	@Test
	void valueThatASetterAccumulatesIsAssigned() throws Exception {
		Accumulating live = bind(Accumulating::new, Map.of("bean.tags", "a,b", "bean.names", "x"));
		Set<String> tags = live.tags;
		update(live, Accumulating::new, Map.of("bean.tags", "c", "bean.names", "y,z"));
		assertThat(live.tags).isSameAs(tags).containsExactly("c");
		assertThat(live.names).containsExactly("y", "z", "always");
	}

	@Test
	void livePoolGrowsAndShrinks() throws Exception {
		Supplier<ThreadPoolTaskExecutor> factory = () -> {
			ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
			executor.setThreadNamePrefix("made-");
			return executor;
		};
		Map<String, String> small = Map.of("bean.core-pool-size", "2", "bean.max-pool-size", "4");
		Map<String, String> large = Map.of("bean.core-pool-size", "10", "bean.max-pool-size", "20",
				"bean.keep-alive-seconds", "5");
		ThreadPoolTaskExecutor live = bind(factory, small);
		live.afterPropertiesSet();
		try {
			Object pool = live.getThreadPoolExecutor();
			update(live, factory, large);
			assertThat(live.getThreadPoolExecutor()).isSameAs(pool);
			assertThat(live.getThreadPoolExecutor().getCorePoolSize()).isEqualTo(10);
			assertThat(live.getThreadPoolExecutor().getMaximumPoolSize()).isEqualTo(20);
			assertThat(live.getKeepAliveSeconds()).isEqualTo(5);
			update(live, factory, small);
			assertThat(live.getThreadPoolExecutor().getCorePoolSize()).isEqualTo(2);
			assertThat(live.getThreadPoolExecutor().getMaximumPoolSize()).isEqualTo(4);
			assertThat(live.getKeepAliveSeconds()).isEqualTo(60);
			assertThat(live.getThreadNamePrefix()).isEqualTo("made-");
		}
		finally {
			live.destroy();
		}
	}

	@Test
	void dependentSettersAreRetriedInTheOrderThatWorks() throws Exception {
		Range live = bind(Range::new, Map.of("bean.min", "10", "bean.max", "20"));
		update(live, Range::new, Map.of("bean.min", "1", "bean.max", "5"));
		assertThat(live).extracting("min", "max").containsExactly(1, 5);
		update(live, Range::new, Map.of("bean.min", "30", "bean.max", "50"));
		assertThat(live).extracting("min", "max").containsExactly(30, 50);
		update(live, Range::new, Map.of());
		assertThat(live).extracting("min", "max").containsExactly(0, 100);
	}

	@Test
	void setterThatRejectsItsValueFailsThePlan() {
		SetOnce live = bind(SetOnce::new, Map.of("bean.name", "one"));
		assertThatExceptionOfType(SetterFailedException.class)
			.isThrownBy(() -> update(live, SetOnce::new, Map.of("bean.name", "s3cret")))
			.withMessageContaining("bean.name")
			.withMessageNotContaining("s3cret")
			.satisfies((ex) -> assertThat(ex.property()).isEqualTo("bean.name"));
		assertThat(live.getName()).isEqualTo("one");
	}

	@Test
	void removedPropertyWhoseSetterRejectsTheDefaultIsReset() throws Exception {
		SetOnce live = bind(SetOnce::new, Map.of("bean.name", "one"));
		update(live, SetOnce::new, Map.of());
		assertThat(live.getName()).isNull();
	}

	@Test
	void failingSetterOfTheLiveBeanDoesNotPreventOtherUpdates() throws Exception {
		Range live = bind(Range::new, Map.of());
		live.sealed = true;
		Map<String, Throwable> failures = update(live, Range::new, Map.of("bean.min", "1", "bean.max", "5"));
		assertThat(failures).containsOnlyKeys("bean.max");
		assertThat(live.min).isEqualTo(1);
	}

	@Test
	void randomAndTimeDependentFieldsAreKept() throws Exception {
		RandomParts live = bind(RandomParts::new, Map.of("bean.name", "one"));
		live.hits.incrementAndGet();
		UUID id = live.id;
		Instant created = live.created;
		Connection connection = live.connection;
		update(live, RandomParts::new, Map.of("bean.name", "two"));
		assertThat(live.name).isEqualTo("two");
		assertThat(live.id).isSameAs(id);
		assertThat(live.created).isSameAs(created);
		assertThat(live.hits).hasValue(1);
		assertThat(live.connection).isNotSameAs(connection);
		assertThat(live.connection.owner).isSameAs(live);
		assertThat(live.connection.target).isEqualTo("two");
	}

	@Test
	void secondStandInIsCreatedOnlyIfSettersAreNotEnough() throws Exception {
		Range live = bind(Range::new, Map.of());
		this.created = 0;
		update(live, Range::new, Map.of("bean.min", "12"));
		assertThat(this.created).isEqualTo(2);
	}

	@Test
	void randomFieldIsKeptWithoutASecondStandIn() throws Exception {
		RandomParts live = bind(RandomParts::new, Map.of("bean.name", "one"));
		UUID id = live.id;
		Map<ConfigurationPropertyName, Object> bound = new HashMap<>();
		RandomParts fresh = bind(RandomParts::new, Map.of("bean.name", "two"), bound);
		BeanUpdate
			.plan(bind(RandomParts::new, Map.of("bean.name", "one")), fresh, () -> null, bound,
					List.of(ConfigurationPropertyName.of("bean.name")), PREFIX)
			.applyTo(live);
		assertThat(live.name).isEqualTo("two");
		assertThat(live.id).isSameAs(id);
	}

	@Test
	void collectionsWithoutSettersKeepTheirIdentityIfFinal() throws Exception {
		Collections live = bind(Collections::new,
				Map.of("bean.list[0]", "a", "bean.list[1]", "b", "bean.map.x", "1", "bean.set", "p,q"));
		List<String> list = live.list;
		Map<String, Integer> map = live.map;
		update(live, Collections::new, Map.of("bean.list[0]", "z", "bean.map.y", "2", "bean.set", "q,r", "bean.open[0]",
				"o", "bean.with-setter[0]", "s", "bean.array", "1,2"));
		assertThat(live.list).isSameAs(list).containsExactly("z");
		assertThat(live.map).isSameAs(map).containsExactly(Map.entry("y", 2));
		assertThat(live.set).containsExactly("q", "r");
		assertThat(live.open).containsExactly("o");
		assertThat(live.withSetter).containsExactly("s");
		assertThat(live.array).containsExactly(1, 2);
		update(live, Collections::new, Map.of());
		assertThat(live.list).isSameAs(list).isEmpty();
		assertThat(live.map).isEmpty();
		assertThat(live.open).containsExactly("default");
		assertThat(live.array).isEmpty();
	}

	@Test
	void mapsOfNestedBeansFollow() throws Exception {
		Nesting live = bind(Nesting::new, Map.of("bean.pools.a.name", "a", "bean.pools.b.name", "b"));
		Map<String, Inner> pools = live.pools;
		update(live, Nesting::new, Map.of("bean.pools.a.name", "a2", "bean.pools.c.items[0]", "i"));
		assertThat(live.pools).isSameAs(pools).containsOnlyKeys("a", "c");
		assertThat(live.pools.get("a").name).isEqualTo("a2");
		assertThat(live.pools.get("c").items).containsExactly("i");
	}

	@Test
	void nestedBeanWithoutSetterKeepsItsIdentity() throws Exception {
		Nesting live = bind(Nesting::new, Map.of("bean.inner.name", "one", "bean.inner.seconds", "1"));
		Inner inner = live.inner;
		update(live, Nesting::new, Map.of("bean.inner.name", "two", "bean.inner.seconds", "2", "bean.inner.items", "x",
				"bean.open.name", "open"));
		assertThat(live.inner).isSameAs(inner);
		assertThat(inner.name).isEqualTo("two");
		assertThat(inner.millis).isEqualTo(2000);
		assertThat(inner.items).containsExactly("x");
		assertThat(live.open.name).isEqualTo("open");
		update(live, Nesting::new, Map.of());
		assertThat(inner.name).isEqualTo("none");
		assertThat(inner.millis).isEqualTo(5000);
		assertThat(inner.items).isEmpty();
		assertThat(live.open.name).isEqualTo("none");
	}

	@Test
	void cyclicReferencesAreSupported() throws Exception {
		Cyclic live = bind(Cyclic::new, Map.of("bean.child.name", "one"));
		Cyclic.Child child = live.child;
		update(live, Cyclic::new, Map.of("bean.child.name", "two", "bean.size", "3"));
		assertThat(live.child).isSameAs(child);
		assertThat(child.parent).isSameAs(live);
		assertThat(child.name).isEqualTo("two");
		assertThat(live.size).isEqualTo(3);
	}

	@Test
	void inheritedAndGenericPropertiesFollow() throws Exception {
		Concrete live = bind(Concrete::new, Map.of("bean.value", "1s"));
		update(live, Concrete::new, Map.of("bean.value", "2s", "bean.values[0]", "3s", "bean.enabled", "true",
				"bean.renamed", "r", "bean.kind", "small", "bean.maybe", "m", "bean.point.x", "4"));
		assertThat(live.getValue()).isEqualTo(Duration.ofSeconds(2));
		assertThat(live.getValues()).containsExactly(Duration.ofSeconds(3));
		assertThat(live.isEnabled()).isTrue();
		assertThat(live.odd).isEqualTo("r");
		assertThat(live.kind).isEqualTo(Kind.SMALL);
		assertThat(live.maybe).contains("m");
		assertThat(live.point).isEqualTo(new Point(4, 0));
		update(live, Concrete::new, Map.of());
		assertThat(live).usingRecursiveComparison().isEqualTo(new Concrete());
	}

	@Test
	void targetOfAClassProxyFollows() throws Exception {
		Supplier<Concrete> proxied = () -> (Concrete) Enhancer.create(Concrete.class, NoOp.INSTANCE);
		Concrete live = bind(proxied, Map.of("bean.value", "1s"));
		update(live, Concrete::new, Map.of("bean.value", "2s", "bean.enabled", "true"));
		assertThat(live.getValue()).isEqualTo(Duration.ofSeconds(2));
		assertThat(live.isEnabled()).isTrue();
	}

	@Test
	void stateSharedBySettersFollows() throws Exception {
		Sharing live = bind(Sharing::new, Map.of("bean.host", "a", "bean.port", "1"));
		update(live, Sharing::new, Map.of("bean.host", "b", "bean.port", "2"));
		assertThat(live.address).isEqualTo("b:2");
		update(live, Sharing::new, Map.of("bean.port", "3"));
		assertThat(live.address).isEqualTo("localhost:3");
	}

	@Test
	void resourcesOfTheLiveBeanAreKept() throws Exception {
		Sharing live = bind(Sharing::new, Map.of("bean.host", "a"));
		ReentrantLock lock = live.lock;
		live.started = true;
		update(live, Sharing::new, Map.of("bean.host", "b"));
		assertThat(live.started).isTrue();
		assertThat(live.lock).isSameAs(lock);
	}

	private <T> T bind(Supplier<T> factory, Map<String, String> configuration) {
		T bean = bind(factory, configuration, new HashMap<>());
		this.configurations.put(System.identityHashCode(bean), configuration);
		return bean;
	}

	private <T> T bind(Supplier<T> factory, Map<String, String> configuration,
			Map<ConfigurationPropertyName, Object> bound) {
		this.created++;
		return new Binder(new MapConfigurationPropertySource(configuration))
			.bind(PREFIX, Bindable.ofInstance(factory.get()), new BindHandler() {

				@Override
				public void onFinish(ConfigurationPropertyName name, Bindable<?> target, BindContext context,
						@Nullable Object result) {
					if (result != null) {
						bound.put(name, result);
					}
				}

			})
			.orElseGet(factory);
	}

	private <T> Map<String, Throwable> update(T live, Supplier<? extends T> factory, Map<String, String> next)
			throws SetterFailedException {
		Map<String, String> current = this.configurations.get(System.identityHashCode(live));
		Set<String> changed = new TreeSet<>(current.keySet());
		changed.addAll(next.keySet());
		changed.removeIf((name) -> next.containsKey(name) && next.get(name).equals(current.get(name)));
		Map<ConfigurationPropertyName, Object> bound = new HashMap<>();
		T fresh = bind(factory, next, bound);
		BeanUpdate update = BeanUpdate.plan(bind(factory, current), fresh, () -> bind(factory, current), bound,
				changed.stream().map(ConfigurationPropertyName::of).toList(), PREFIX);
		this.configurations.put(System.identityHashCode(live), next);
		return update.applyTo(live);
	}

	static class Transforming {

		private final transient List<String> calls = new ArrayList<>();

		private long timeout = 30_000;

		private String base = "/api";

		private String host = "localhost";

		long getTimeout() {
			return this.timeout;
		}

		void setTimeoutSeconds(int seconds) {
			this.timeout = seconds * 1000L;
		}

		String getPath() {
			return this.base;
		}

		void setPath(String path) {
			this.calls.add("path");
			this.base = "/api" + path;
		}

		String getHost() {
			return "http://" + this.host + "/v1";
		}

		void setHost(String host) {
			this.host = host;
		}

		Transforming withHost(String host) {
			this.host = host;
			return this;
		}

	}

	static class Accumulating {

		private final Set<String> tags = new TreeSet<>();

		private List<String> names = new ArrayList<>();

		void setTags(Set<String> tags) {
			this.tags.addAll(tags);
		}

		void setNames(List<String> names) {
			names.add("always");
			this.names = names;
		}

	}

	static class Range {

		private int min;

		private int max = 100;

		private boolean sealed;

		int getMin() {
			return this.min;
		}

		void setMin(int min) {
			if (min > this.max) {
				throw new IllegalArgumentException();
			}
			this.min = min;
		}

		int getMax() {
			return this.max;
		}

		void setMax(int max) {
			if (max < this.min || this.sealed) {
				throw new IllegalArgumentException();
			}
			this.max = max;
		}

	}

	static class SetOnce {

		private @Nullable String name;

		@Nullable String getName() {
			return this.name;
		}

		void setName(@Nullable String name) {
			if (name == null || this.name != null) {
				throw new IllegalStateException("not " + name);
			}
			this.name = name;
		}

	}

	static class RandomParts {

		private final UUID id = UUID.randomUUID();

		private Instant created = Instant.now();

		private final AtomicInteger hits = new AtomicInteger();

		private String name = "";

		private Connection connection = new Connection(this, "");

		String getName() {
			return this.name;
		}

		void setName(String name) {
			this.name = name;
			this.connection = new Connection(this, name);
		}

	}

	static class Connection {

		private final RandomParts owner;

		private final String target;

		private final UUID id = UUID.randomUUID();

		Connection(RandomParts owner, String target) {
			this.owner = owner;
			this.target = target;
		}

		@Override
		public String toString() {
			return this.target + this.id;
		}

	}

	static class Collections {

		private final List<String> list = new ArrayList<>();

		private final Map<String, Integer> map = new LinkedHashMap<>();

		private final Set<String> set = new TreeSet<>();

		private List<String> open = new ArrayList<>(List.of("default"));

		private List<String> withSetter = List.of();

		private int[] array = {};

		List<String> getList() {
			return this.list;
		}

		Map<String, Integer> getMap() {
			return this.map;
		}

		Set<String> getSet() {
			return this.set;
		}

		List<String> getOpen() {
			return this.open;
		}

		List<String> getWithSetter() {
			return this.withSetter;
		}

		void setWithSetter(List<String> withSetter) {
			this.withSetter = withSetter;
		}

		int[] getArray() {
			return this.array;
		}

		void setArray(int[] array) {
			this.array = array;
		}

	}

	static class Nesting {

		private final Inner inner = new Inner();

		private final Map<String, Inner> pools = new LinkedHashMap<>();

		private Inner open = new Inner();

		Inner getInner() {
			return this.inner;
		}

		Map<String, Inner> getPools() {
			return this.pools;
		}

		Inner getOpen() {
			return this.open;
		}

		void setOpen(Inner open) {
			this.open = open;
		}

	}

	static class Inner {

		private String name = "none";

		private long millis = 5000;

		private final List<String> items = new ArrayList<>();

		String getName() {
			return this.name;
		}

		void setName(String name) {
			this.name = name;
		}

		long getSeconds() {
			return this.millis;
		}

		void setSeconds(long seconds) {
			this.millis = seconds * 1000;
		}

		List<String> getItems() {
			return this.items;
		}

	}

	static class Cyclic {

		private final Child child = new Child(this);

		private int size;

		Child getChild() {
			return this.child;
		}

		int getSize() {
			return this.size;
		}

		void setSize(int size) {
			this.size = size;
		}

		static class Child {

			private final Cyclic parent;

			private String name = "";

			Child(Cyclic parent) {
				this.parent = parent;
			}

			Cyclic getParent() {
				return this.parent;
			}

			String getName() {
				return this.name;
			}

			void setName(String name) {
				this.name = name + this.parent.size;
				this.name = name;
			}

		}

	}

	abstract static class Generic<T> {

		private @Nullable T value;

		private List<T> values = new ArrayList<>();

		private boolean enabled;

		@Nullable T getValue() {
			return this.value;
		}

		void setValue(@Nullable T value) {
			this.value = value;
		}

		List<T> getValues() {
			return this.values;
		}

		void setValues(List<T> values) {
			this.values = values;
		}

		boolean isEnabled() {
			return this.enabled;
		}

		void setEnabled(boolean enabled) {
			this.enabled = enabled;
		}

	}

	static class Concrete extends Generic<Duration> {

		@Name("renamed")
		private String odd = "odd";

		private Kind kind = Kind.LARGE;

		private Optional<String> maybe = Optional.empty();

		private Point point = new Point(0, 0);

		@Override
		void setValue(@Nullable Duration value) {
			super.setValue(value);
		}

		String getOdd() {
			return this.odd;
		}

		void setOdd(String odd) {
			this.odd = odd;
		}

		Kind getKind() {
			return this.kind;
		}

		void setKind(Kind kind) {
			this.kind = kind;
		}

		Optional<String> getMaybe() {
			return this.maybe;
		}

		void setMaybe(@Nullable String maybe) {
			this.maybe = Optional.ofNullable(maybe);
		}

		Point getPoint() {
			return this.point;
		}

		void setPoint(Point point) {
			this.point = point;
		}

	}

	enum Kind {

		SMALL, LARGE

	}

	/**
	 * A value that is bound by its constructor.
	 *
	 * @param x horizontal
	 * @param y vertical
	 */
	record Point(int x, int y) {

	}

	static class Sharing {

		private final ReentrantLock lock = new ReentrantLock();

		@SuppressWarnings({ "UnnecessaryLambda", "UnusedVariable" })
		private final Runnable action = () -> describe();

		private boolean started;

		private String host = "localhost";

		private int port = 80;

		private String address = "localhost:80";

		String getHost() {
			return this.host;
		}

		void setHost(String host) {
			this.host = host;
			describe();
		}

		int getPort() {
			return this.port;
		}

		void setPort(int port) {
			this.port = port;
			describe();
		}

		private void describe() {
			this.address = this.host + ":" + this.port;
		}

	}

}
