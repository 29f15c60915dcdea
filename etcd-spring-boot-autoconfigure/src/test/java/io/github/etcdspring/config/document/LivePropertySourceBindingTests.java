package io.github.etcdspring.config.document;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.github.etcdspring.refresh.LiveConfiguration;
import org.junit.jupiter.api.Test;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.origin.OriginLookup;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for binding of a {@link LivePropertySource} by Spring Boot.
 */
class LivePropertySourceBindingTests {

	private static final String application = "/config/application/";

	private static final String orders = "/config/orders/";

	private final LiveConfiguration store = new LiveConfiguration();

	private final ConfigParser parser = new ConfigParser(List.of(application, orders), (profile) -> false,
			(text) -> text);

	private final StandardEnvironment environment = new StandardEnvironment();

	LivePropertySourceBindingTests() {
		this.environment.getPropertySources().addFirst(this.store.propertySource(ConfigParser.sourceName(application)));
		this.environment.getPropertySources().addFirst(this.store.propertySource(ConfigParser.sourceName(orders)));
		this.environment.getPropertySources().addLast(new MapPropertySource("file", Map.of("region", "eu")));
		ConfigurationPropertySources.attach(this.environment);
	}

	@Test
	void bindsRelaxedNamesListsMapsAndPlaceholders() throws Exception {
		put(Entries.of("/config/orders/shop/MAX_ITEMS", "5")
			.put("/config/orders/shop/openFor", "2h")
			.put("/config/orders/shop/labels/[a.b]", "1")
			.put("/config/orders/shop/labels/color", "red")
			.put("/config/orders/shop/regions[0]", "${region}")
			.put("/config/orders/shop/regions[1]", "${greeting}")
			.put("/config/application/greeting", "hello")
			.put("/config/application/application.yaml",
					"shop:\n  max-items: 3\n  regions: [a, b, c]\n  servers:\n  - host: x\n    port: 1\n  - host: y\n    port: 2"));
		Shop shop = shop();
		assertThat(shop.maxItems()).isEqualTo(5);
		assertThat(shop.openFor()).isEqualTo(Duration.ofHours(2));
		assertThat(shop.labels()).containsOnly(Map.entry("a.b", "1"), Map.entry("color", "red"));
		assertThat(shop.regions()).containsExactly("eu", "hello");
		assertThat(shop.servers()).containsExactly(new Server("x", 1), new Server("y", 2));
	}

	@Test
	void bindsASingleKeyInsteadOfADocumentInAnySpelling() throws Exception {
		put(Entries.of("/config/orders/application.yaml", "shop: {max-items: 3, regions: [a, b, c]}")
			.put("/config/orders/shop/maxItems", "4")
			.put("/config/orders/shop/regions", "x,y"));
		assertThat(shop().maxItems()).isEqualTo(4);
		assertThat(shop().regions()).containsExactly("x", "y");
	}

	@Test
	void bindsChangedValues() throws Exception {
		Entries entries = Entries.of("/config/orders/shop/max-items", "1");
		put(entries);
		assertThat(shop().maxItems()).isEqualTo(1);
		put(entries.put("/config/orders/shop/max-items", "2").put("/config/orders/shop/regions[0]", "x"));
		assertThat(shop()).isEqualTo(new Shop(2, null, null, List.of("x"), null));
		put(entries.delete("/config/orders/shop/regions[0]"));
		assertThat(shop()).isEqualTo(new Shop(2, null, null, null, null));
	}

	@Test
	void exposesTheOriginOfAProperty() throws Exception {
		put(Entries.of("/config/orders/application.yaml", "shop: {max-items: 3}"));
		assertThat(OriginLookup.getOrigin(this.store.propertySource(ConfigParser.sourceName(orders)), "shop.max-items"))
			.hasToString("etcd key /config/orders/application.yaml at revision 1 - 1:19");
	}

	private void put(Entries entries) throws Exception {
		this.store.initialize(this.parser.parse(entries.snapshot(), this.store.current()));
	}

	private Shop shop() {
		return Binder.get(this.environment).bind("shop", Shop.class).get();
	}

	record Shop(int maxItems, Duration openFor, Map<String, String> labels, List<String> regions,
			List<Server> servers) {

	}

	record Server(String host, int port) {

	}

}
