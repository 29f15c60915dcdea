package io.github.etcdspring.fleet;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.github.etcdspring.client.EtcdProperties;
import io.github.etcdspring.fleet.FleetProperty.Constraint;
import io.github.etcdspring.fleet.FleetProperty.Deprecation;
import jakarta.validation.Valid;
import jakarta.validation.Validation;
import jakarta.validation.ValidatorFactory;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.bind.Name;
import org.springframework.boot.jackson.autoconfigure.JacksonProperties;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.boot.web.server.Ssl;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.unit.DataSize;
import org.springframework.validation.annotation.Validated;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ApplicationProperties}.
 */
@ExtendWith(OutputCaptureExtension.class)
class ApplicationPropertiesTests {

	@TempDir
	private Path classes;

	@Test
	void describesARecordAndItsNestedClasses() {
		assertThat(types(describe(Orders.class))).containsExactlyInAnyOrderEntriesOf(Map.ofEntries(
				Map.entry("orders.max-items", "java.lang.Integer"), Map.entry("orders.url", "java.lang.String"),
				Map.entry("orders.class", "java.lang.String"), Map.entry("orders.timeout", "java.time.Duration"),
				Map.entry("orders.tags", "java.util.List<java.lang.String>"),
				Map.entry("orders.limits", "java.util.Map<java.lang.String,java.lang.Integer>"),
				Map.entry("orders.unit", TimeUnit.class.getName()), Map.entry("orders.password", "java.lang.String"),
				Map.entry("orders.cache.size", "org.springframework.util.unit.DataSize"),
				Map.entry("orders.cache.on", "java.lang.Boolean")));
		assertThat(describe(Orders.class).prefixes()).containsExactly("orders", "orders.cache");
	}

	@Test
	void describesAJavaBeanWithItsSuperclassAndTypeParameters() {
		assertThat(types(describe(Shop.class))).containsExactlyInAnyOrderEntriesOf(Map.of("shop.name",
				"java.lang.String", "shop.max-size", "java.lang.Long", "shop.hosts", "java.util.List<java.lang.String>",
				"shop.first.value", "java.lang.Integer", "shop.parent.name", "java.lang.String"));
	}

	@Test
	void describesNestedClassesOfSpring() {
		DescribedProperties described = describe(Secured.class);
		assertThat(types(described)).containsEntry("secured.ssl.enabled", "java.lang.Boolean")
			.containsEntry("secured.ssl.key-store", "java.lang.String");
		assertThat(described.prefixes()).contains("secured.ssl");
	}

	@Test
	void describesABeanWhoseFactoryMethodIsAnnotated() {
		assertThat(types(describe(FactoryMethod.class))).containsEntry("external.name", "java.lang.String");
	}

	@Test
	void omitsPropertiesOfSpringAndOfTheStarter() {
		assertThat(types(describe(Foreign.class))).containsOnlyKeys("small.size");
	}

	@Test
	void describesEnumsByTheirValuesAndDefaultsUnlessTheyMayBeSecrets() {
		Map<String, FleetProperty> found = byName(describe(Orders.class));
		assertThat(found.get("orders.unit").values()).contains("seconds").doesNotContain("SECONDS");
		assertThat(found.get("orders.max-items").defaultValue()).isEqualTo("10");
		assertThat(found.get("orders.password").defaultValue()).isNull();
	}

	@Test
	void describesConstraintsOfValidatedBeans() {
		Map<String, FleetProperty> orders = byName(describe(Orders.class));
		assertThat(orders.get("orders.max-items").constraints()).containsExactly(
				new Constraint("Max", Map.of("value", "100")), new Constraint("Min", Map.of("value", "1")));
		assertThat(orders.get("orders.url").constraints()).containsExactly(new Constraint("NotNull", Map.of()),
				new Constraint("Pattern", Map.of("regexp", "https?://.*", "flags", "")));
		assertThat(orders.get("orders.cache.size").constraints()).containsExactly(new Constraint("NotNull", Map.of()));
		assertThat(byName(describe(Shop.class)).get("shop.max-size").constraints())
			.containsExactly(new Constraint("Min", Map.of("value", "5")));
	}

	@Test
	void describesNoConstraintsWithoutAValidatorOrIfTheBeanIsNotValidated() {
		assertThat(describe(getClass().getClassLoader(), PropertyConstraints.NONE, Orders.class).properties())
			.allSatisfy((property) -> assertThat(property.constraints()).isEmpty());
		assertThat(byName(describe(Small.class)).get("small.size").constraints()).isEmpty();
	}

	@Test
	void completesThePropertiesFromTheMetadataOfTheirClasses() throws IOException {
		String source = Small.Properties.class.getName();
		String metadata = """
				{"groups":[{"name":"small","type":"%1$s"}],"properties":[
				{"name":"small.size","type":"java.lang.Integer","sourceType":"%1$s","description":"Size.",
				 "defaultValue":[3],"deprecation":{"reason":"Old.","replacement":"small.number"}},
				{"name":"small.computed","type":"java.lang.String","sourceType":"%1$s","defaultValue":true},
				{"name":"other.size","type":"java.lang.String","sourceType":"%1$s"},
				{"name":"small.absent","type":"java.lang.String","sourceType":"com.example.Absent"},
				{"name":"manual.flag","type":"java.lang.Boolean","description":"Flag."}],
				"hints":[{"name":"small.size","values":[{"value":7}]}]}""".formatted(source);
		Map<String, FleetProperty> found = byName(describeWith(metadata));
		assertThat(found).containsOnlyKeys("small.size", "small.computed", "manual.flag");
		assertThat(found.get("small.size")).isEqualTo(new FleetProperty("small.size", "java.lang.Integer", "Size.", "3",
				new Deprecation("warning", "Old.", "small.number"), List.of(), List.of()));
		assertThat(found.get("small.computed").defaultValue()).isEqualTo("true");
	}

	@Test
	void ignoresMetadataThatCannotBeReadOrBelongsToOtherClasses() throws IOException {
		assertThat(byName(describeWith("{\"properties\":[{"))).containsOnlyKeys("small.size");
		assertThat(byName(describeWith("{\"properties\":[{\"name\":\"manual.flag\"}]}")))
			.containsOnlyKeys("small.size");
	}

	@Test
	void aBeanThatCannotBeDescribedHidesNoOther(CapturedOutput output) {
		PropertyConstraints failing = (type, property) -> {
			if (type == Orders.Properties.class) {
				throw new NoClassDefFoundError("com/example/Missing");
			}
			return List.of();
		};
		assertThat(types(describe(getClass().getClassLoader(), failing, Orders.class, Small.class)))
			.containsKey("small.size");
		assertThat(output).containsOnlyOnce("are not published completely");
	}

	@Test
	void createsNoBean() {
		assertThat(types(describe(Lazy.class))).containsOnlyKeys("lazy.name");
	}

	private DescribedProperties describeWith(String metadata) throws IOException {
		Path file = this.classes.resolve("META-INF/spring-configuration-metadata.json");
		Files.createDirectories(file.getParent());
		Files.writeString(file, metadata);
		try (URLClassLoader classLoader = new URLClassLoader(new URL[] { this.classes.toUri().toURL() },
				getClass().getClassLoader())) {
			return describe(classLoader, PropertyConstraints.NONE, Small.class);
		}
	}

	private static DescribedProperties describe(Class<?>... sources) {
		try (ValidatorFactory validation = Validation.buildDefaultValidatorFactory()) {
			return describe(ApplicationPropertiesTests.class.getClassLoader(),
					new ValidatorConstraints(validation.getValidator()), sources);
		}
	}

	private static DescribedProperties describe(ClassLoader classLoader, PropertyConstraints constraints,
			Class<?>... sources) {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			context.setClassLoader(classLoader);
			context.register(sources);
			TestPropertyValues.of("orders.url=https://localhost").applyTo(context);
			context.refresh();
			return new ApplicationProperties(context.getBeanFactory(), constraints).describe();
		}
	}

	private static Map<String, String> types(DescribedProperties described) {
		return described.properties().stream().collect(Collectors.toMap(FleetProperty::name, FleetProperty::type));
	}

	private static Map<String, FleetProperty> byName(DescribedProperties described) {
		return described.properties().stream().collect(Collectors.toMap(FleetProperty::name, Function.identity()));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(Orders.Properties.class)
	static class Orders {

		@Validated
		@ConfigurationProperties("orders")
		record Properties(@DefaultValue("10") @Min(1) @Max(100) int maxItems,
				@NotNull @Pattern(regexp = "https?://.*") String url, @Name("class") String type, Duration timeout,
				List<String> tags, Map<String, Integer> limits, TimeUnit unit, @DefaultValue("s3cret") String password,
				@Valid @DefaultValue Cache cache) {

		}

		record Cache(@DefaultValue("1MB") @NotNull DataSize size, boolean on) {

		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(Shop.Properties.class)
	public static class Shop {

		public abstract static class Named {

			private String name = "";

			public String getName() {
				return this.name;
			}

			public void setName(String name) {
				this.name = name;
			}

		}

		public static class Box<T> {

			private T value;

			public T getValue() {
				return this.value;
			}

			public void setValue(T value) {
				this.value = value;
			}

		}

		@Validated
		@ConfigurationProperties("shop")
		public static class Properties extends Named {

			@Min(5)
			private long maxSize = 5;

			private final List<String> hosts = new ArrayList<>();

			private final Box<Integer> first = new Box<>();

			private final Parent parent = new Parent();

			public long getMaxSize() {
				return this.maxSize;
			}

			public void setMaxSize(long maxSize) {
				this.maxSize = maxSize;
			}

			public List<String> getHosts() {
				return this.hosts;
			}

			public Box<Integer> getFirst() {
				return this.first;
			}

			public Parent getParent() {
				return this.parent;
			}

			public int getComputed() {
				return this.hosts.size();
			}

		}

		/** Refers to itself. */
		public static class Parent extends Named {

			private Parent next;

			public Parent getNext() {
				return this.next;
			}

			public void setNext(Parent next) {
				this.next = next;
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(Secured.Properties.class)
	static class Secured {

		@ConfigurationProperties("secured")
		record Properties(Ssl ssl) {

		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties
	static class FactoryMethod {

		@Bean
		@ConfigurationProperties("external")
		Shop.Parent external() {
			return new Shop.Parent();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties({ JacksonProperties.class, EtcdProperties.class, EtcdFleetProperties.class,
			Small.Properties.class })
	static class Foreign {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(Small.Properties.class)
	static class Small {

		@ConfigurationProperties("small")
		record Properties(@Min(1) @DefaultValue("1") int size) {

		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties
	static class Lazy {

		@Bean
		@org.springframework.context.annotation.Lazy
		@ConfigurationProperties("lazy")
		Failing failing() {
			return new Failing();
		}

	}

	static class Failing extends Shop.Named {

		Failing() {
			throw new IllegalStateException("must not be created");
		}

	}

}
