package io.github.etcdspring.refresh;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.github.etcdspring.refresh.ConfigRefresh.RefreshFailedException;
import io.github.etcdspring.refresh.Configuration.Property;
import io.github.etcdspring.refresh.Configuration.Values;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MutablePropertySources;

/**
 * An application with the refresh of the starter and a simulated configuration in etcd.
 */
final class LiveApplication implements AutoCloseable {

	static final String SHARED = "etcd:/config/application/";

	static final String OWN = "etcd:/config/orders/";

	private final LiveConfiguration store = new LiveConfiguration();

	private final Map<String, Map<String, Property>> properties = new HashMap<>();

	private final List<ApplicationEvent> events = new ArrayList<>();

	private ConfigurableApplicationContext context;

	private long revision = 1;

	private LiveApplication(Map<String, ?> initial) {
		this.store.add(SHARED);
		this.store.add(OWN);
		this.properties.put(SHARED, new TreeMap<>());
		this.properties.put(OWN, new TreeMap<>());
		initial.forEach((name, value) -> set(OWN, name, value));
	}

	static LiveApplication start(Class<?> type, Map<String, ?> initial, String... arguments) {
		LiveApplication application = new LiveApplication(initial);
		application.store.initialize(application.configuration());
		SpringApplication spring = new SpringApplicationBuilder(Base.class, type).web(WebApplicationType.NONE)
			.properties("spring.main.banner-mode=off", "spring.cloud.etcd.enabled=false")
			.initializers(application::initialize)
			.build();
		application.context = spring.run(arguments);
		application.context.addApplicationListener((ApplicationListener<ApplicationEvent>) application.events::add);
		return application;
	}

	private void initialize(ConfigurableApplicationContext context) {
		context.getBeanFactory().registerSingleton("etcdLiveConfiguration", this.store);
		MutablePropertySources sources = context.getEnvironment().getPropertySources();
		sources.addAfter("systemEnvironment", this.store.propertySource(SHARED));
		sources.addAfter("systemEnvironment", this.store.propertySource(OWN));
	}

	private void set(String context, String name, Object value) {
		this.properties.get(context)
			.put(name, new Property(value,
					new KeyOrigin(context.substring("etcd:".length()) + name.replace('.', '/'), this.revision)));
	}

	private Configuration configuration() {
		Map<String, Values> values = new HashMap<>();
		this.properties.forEach((context, map) -> values.put(context,
				this.store.current().of(context).replacedBy(List.of(Map.copyOf(map)))));
		return new Configuration(this.revision, values);
	}

	boolean put(String name, Object value) {
		return put(Map.of(name, value));
	}

	boolean put(Map<String, ?> values) {
		return put(OWN, values);
	}

	boolean put(String context, Map<String, ?> values) {
		this.revision++;
		values.forEach((name, value) -> set(context, name, value));
		return apply();
	}

	boolean remove(String... names) {
		this.revision++;
		List.of(names).forEach(this.properties.get(OWN)::remove);
		return apply();
	}

	boolean change(Map<String, ?> values, List<String> removed) {
		this.revision++;
		values.forEach((name, value) -> set(OWN, name, value));
		removed.forEach(this.properties.get(OWN)::remove);
		return apply();
	}

	private boolean apply() {
		try {
			return bean(ConfigRefresh.class).apply(configuration());
		}
		catch (RefreshFailedException ex) {
			return false;
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	long revision() {
		return this.revision;
	}

	ConfigurationStatus status() {
		return bean(ConfigRefresh.class).status();
	}

	<T> T bean(Class<T> type) {
		return this.context.getBean(type);
	}

	ConfigurableApplicationContext context() {
		return this.context;
	}

	String property(String name) {
		return this.context.getEnvironment().getProperty(name);
	}

	<E> List<E> events(Class<E> type) {
		return this.events.stream().filter(type::isInstance).map(type::cast).toList();
	}

	@Override
	public void close() {
		this.context.close();
	}

	/**
	 * Configuration of all such applications.
	 */
	@org.springframework.context.annotation.Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Base {

	}

}
