package io.github.etcdspring.registry;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.cloud.commons.util.InetUtils;
import org.springframework.cloud.commons.util.InetUtilsProperties;
import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class RegistrationFactoryTests {

	private static final String PREFIX = "spring.cloud.etcd.discovery.";

	private int grpcPort;

	private final MockEnvironment environment = new MockEnvironment().withProperty("spring.application.name", "orders")
		.withProperty(PREFIX + "ip-address", "10.0.0.7");

	@Test
	void nameIsTheApplicationsUnlessOneIsSet() {
		assertThat(create().getServiceId()).isEqualTo("orders");
		set("service-name", " billing ");
		assertThat(create().getServiceId()).isEqualTo("billing");
	}

	@Test
	void instanceIdIsUniqueUnlessOneIsSet() {
		Set<String> ids = new HashSet<>();
		for (int i = 0; i < 1000; i++) {
			ids.add(create().getInstanceId());
		}
		assertThat(ids).hasSize(1000).allMatch((id) -> id.matches("orders-[0-9a-f]{12}"));
		set("instance-id", " one ");
		assertThat(create().getInstanceId()).isEqualTo("one");
	}

	@Test
	void addressIsPreferredToTheHostName() {
		set("hostname", "orders.example");
		assertThat(create().getHost()).isEqualTo("10.0.0.7");
		set("prefer-ip-address", "false");
		assertThat(create().getHost()).isEqualTo("orders.example");
	}

	@Test
	void configuredHostNameIsPreferredToADetectedAddress() {
		this.environment.setProperty(PREFIX + "ip-address", "");
		set("hostname", "orders.example");
		assertThat(create().getHost()).isEqualTo("orders.example");
	}

	@Test
	void addressIsDetectedIfNoneIsSet() {
		this.environment.setProperty(PREFIX + "ip-address", "");
		assertThat(create().getHost()).matches("\\d+\\.\\d+\\.\\d+\\.\\d+");
	}

	@ParameterizedTest
	@CsvSource({ "server.ssl.bundle, true", "server.ssl.key-store, true", "server.ssl.certificate, true",
			"server.address, false" })
	void schemeFollowsFromTheWebServersTls(String property, boolean secure) {
		this.environment.setProperty(property, "x");
		assertThat(create().isSecure()).isEqualTo(secure);
		this.environment.setProperty("server.ssl.enabled", "false");
		assertThat(create().isSecure()).isFalse();
		set("scheme", "https");
		assertThat(create().getScheme()).isEqualTo("https");
	}

	@Test
	void shorthandsBecomeMetadata() {
		set("instance-zone", "a");
		set("weight", "2");
		set("version", "1.4.0");
		set("ports.grpc", "9090");
		set("metadata.team", "checkout");
		assertThat(create().getMetadata()).isEqualTo(Map.of("zone", "a", "weight", "2", "version", "1.4.0", "port.grpc",
				"9090", "gRPC_port", "9090", "team", "checkout"));
	}

	@Test
	void pathsOfTheActuatorBecomeMetadataOfSpringBootAdmin() {
		this.environment.setProperty("local.server.port", "8080");
		this.environment.setProperty("server.servlet.context-path", "/shop");
		this.environment.setProperty("management.endpoints.web.base-path", "/manage");
		this.environment.setProperty("management.endpoints.web.path-mapping.health", "healthcheck");
		assertThat(completed().getMetadata())
			.isEqualTo(Map.of("management.context-path", "/shop/manage", "health.path", "healthcheck"));
	}

	@Test
	void pathAndAddressOfASeparateManagementServerBecomeMetadata() {
		this.environment.setProperty("local.server.port", "8080");
		this.environment.setProperty("local.management.port", "8081");
		this.environment.setProperty("server.servlet.context-path", "/shop");
		this.environment.setProperty("management.server.base-path", "/admin");
		this.environment.setProperty("management.server.address", "10.0.0.8");
		assertThat(completed().getMetadata()).isEqualTo(Map.of("management.port", "8081", "management.context-path",
				"/admin/actuator", "management.address", "10.0.0.8"));
	}

	@Test
	void pathOfTheDispatcherServletIsInTheMetadata() {
		this.environment.setProperty("local.server.port", "8080");
		this.environment.setProperty("server.servlet.context-path", "/shop");
		this.environment.setProperty("spring.mvc.servlet.path", "/api");
		assertThat(completed().getMetadata()).isEqualTo(Map.of("management.context-path", "/shop/api/actuator"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "0.0.0.0", "::" })
	void wildcardAddressOfTheManagementServerIsNotInTheMetadata(String address) {
		this.environment.setProperty("local.server.port", "8080");
		this.environment.setProperty("local.management.port", "8081");
		this.environment.setProperty("management.server.address", address);
		assertThat(completed().getMetadata()).isEqualTo(Map.of("management.port", "8081"));
	}

	@Test
	void schemeOfTheManagementServerIsInTheMetadataIfItDiffers() {
		this.environment.setProperty("local.server.port", "8443");
		this.environment.setProperty("local.management.port", "8081");
		this.environment.setProperty("server.ssl.bundle", "web");
		assertThat(completed().getMetadata()).doesNotContainKey("management.scheme");
		this.environment.setProperty("management.server.ssl.enabled", "false");
		assertThat(completed().getMetadata()).containsEntry("management.scheme", "http");
		this.environment.setProperty("server.ssl.enabled", "false");
		assertThat(completed().getMetadata()).doesNotContainKey("management.scheme");
		this.environment.setProperty("management.server.ssl.enabled", "true");
		this.environment.setProperty("management.server.ssl.key-store", "admin.p12");
		assertThat(completed().getMetadata()).containsEntry("management.scheme", "https");
	}

	@Test
	void defaultPathsAreNotInTheMetadata() {
		this.environment.setProperty("local.server.port", "8080");
		this.environment.setProperty("management.endpoints.web.base-path", "/actuator/");
		assertThat(completed().getMetadata()).isEmpty();
	}

	@ParameterizedTest
	@CsvSource({ "local.grpc.server.port", "spring.grpc.server.port", PREFIX + "ports.grpc" })
	void portOfTheGrpcServerIsWhereClientsLookForIt(String property) {
		this.environment.setProperty("local.server.port", "8080");
		this.environment.setProperty(property, "9090");
		assertThat(completed().getMetadata()).containsEntry("gRPC_port", "9090");
	}

	@Test
	void portOfTheGrpcServerIsDetected() {
		this.environment.setProperty("local.server.port", "8080");
		this.grpcPort = 4711;
		assertThat(completed().getPort()).isEqualTo(8080);
		assertThat(completed().getMetadata()).containsEntry("gRPC_port", "4711");
		this.environment.setProperty(PREFIX + "ports.grpc", "9090");
		assertThat(completed().getMetadata()).containsEntry("gRPC_port", "9090");
	}

	@Test
	void portIsTheGrpcServersWithoutAWebServer() {
		this.grpcPort = 4711;
		assertThat(completed().getPort()).isEqualTo(4711);
	}

	@Test
	void versionOfTheApiIsWhereTheLoadBalancerLooksForIt() {
		this.environment.setProperty("local.server.port", "8080");
		this.environment.setProperty("spring.mvc.apiversion.default", "1.2");
		assertThat(completed().getMetadata()).containsEntry("API_VERSION", "1.2");
		set("metadata.API_VERSION", "2");
		assertThat(completed().getMetadata()).containsEntry("API_VERSION", "2");
	}

	@ParameterizedTest
	@ValueSource(strings = { "order_service", "order service", "-orders-", "größe" })
	void warnsAboutAServiceNameThatIsNotAHostName(String name) {
		this.environment.setProperty("spring.application.name", name);
		assertThat(factory(true).warnings(create())).singleElement()
			.asString()
			.contains(name, PREFIX + "service-name=");
	}

	@ParameterizedTest
	@ValueSource(strings = { "127.0.0.1", "127.8.0.1", "169.254.3.4", "::1", "fe80::1", "localhost" })
	void warnsAboutADetectedAddressThatOtherHostsCannotReach(String address) {
		this.environment.setProperty(PREFIX + "ip-address", "");
		EtcdRegistration registration = new EtcdRegistration(
				new EtcdServiceInstance("orders", "one", address, 80, false, "UP", Map.of()));
		assertThat(factory(true).warnings(registration)).singleElement()
			.asString()
			.contains(address, PREFIX + "ip-address", "spring.cloud.inetutils.preferred-networks");
	}

	@Test
	void doesNotWarnAboutConfiguredValues() {
		set("ip-address", "127.0.0.1");
		assertThat(factory(true).warnings(create())).isEmpty();
	}

	private EtcdRegistration completed() {
		EtcdRegistration registration = create();
		complete(registration);
		return registration;
	}

	@Test
	void configuredMetadataOverridesShorthands() {
		set("instance-zone", "a");
		set("metadata.zone", "b");
		assertThat(create().getMetadata()).isEqualTo(Map.of("zone", "b"));
	}

	@Test
	void portIsTheWebServersUnlessOneIsSet() {
		EtcdRegistration registration = create();
		assertThat(complete(registration)).isFalse();
		this.environment.setProperty("local.server.port", "8080");
		assertThat(complete(registration)).isTrue();
		assertThat(registration.getPort()).isEqualTo(8080);
		set("port", "80");
		assertThat(complete(registration)).isTrue();
		assertThat(registration.getPort()).isEqualTo(80);
	}

	@Test
	void webServerThatListensNowhereHasNoPort() {
		this.environment.setProperty("local.server.port", "-1");
		assertThat(complete(create())).isFalse();
	}

	@Test
	void portOfASeparateManagementServerBecomesMetadata() {
		this.environment.setProperty("local.server.port", "8080");
		this.environment.setProperty("local.management.port", "8081");
		EtcdRegistration registration = create();
		complete(registration);
		assertThat(registration.getMetadata()).containsEntry("management.port", "8081");
		set("management-port", "9091");
		complete(registration);
		assertThat(registration.getMetadata()).containsEntry("management.port", "9091");
	}

	@Test
	void managementPortFollowsAServerThatWasStartedAgain() {
		this.environment.setProperty("local.server.port", "8080");
		this.environment.setProperty("local.management.port", "8081");
		EtcdRegistration registration = create();
		complete(registration);
		this.environment.setProperty("local.management.port", "8082");
		complete(registration);
		assertThat(registration.getMetadata()).containsEntry("management.port", "8082");
	}

	@Test
	void managementPortInConfiguredMetadataTakesPrecedence() {
		this.environment.setProperty("local.server.port", "8080");
		this.environment.setProperty("local.management.port", "8081");
		set("metadata[management.port]", "443");
		EtcdRegistration registration = create();
		complete(registration);
		assertThat(registration.getMetadata()).containsEntry("management.port", "443");
	}

	@Test
	void managementOnTheSameServerIsNotRegistered() {
		this.environment.setProperty("local.server.port", "8080");
		this.environment.setProperty("local.management.port", "8080");
		EtcdRegistration registration = create();
		complete(registration);
		assertThat(registration.getMetadata()).doesNotContainKey("management.port");
		set("port", "80");
		complete(registration);
		assertThat(registration.getMetadata()).doesNotContainKey("management.port");
	}

	@Test
	void managementPortIsNotRegisteredIfDisabledInCommons() {
		this.environment.setProperty("local.server.port", "8080");
		this.environment.setProperty("local.management.port", "8081");
		EtcdRegistration registration = create();
		factory(false).complete(registration);
		assertThat(registration.getMetadata()).isEmpty();
	}

	@Test
	void rejectsAnApplicationWithoutAName() {
		this.environment.setProperty("spring.application.name", " ");
		assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class).isThrownBy(this::create)
			.satisfies((ex) -> {
				assertThat(ex.getName()).isEqualTo("spring.application.name");
				assertThat(ex.getReason()).contains(PREFIX + "service-name", PREFIX + "register=false");
			});
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', nullValues = "null", textBlock = """
			port            | 0
			port            | -1
			port            | 65536
			management-port | 0
			management-port | 70000
			ports.grpc      | 0
			ports.grpc      | 65536
			weight          | 0
			weight          | -3
			scheme          | ftp
			scheme          | ''
			instance-id     | ' '
			hostname        | with space
			hostname        | a/b
			hostname        | user@host
			drain           | -1s
			""")
	void rejectsInvalidValuesByPropertyName(String property, String value) {
		set("prefer-ip-address", String.valueOf(!property.equals("hostname")));
		set(property, value);
		assertThatRefused(property);
	}

	@Test
	void rejectsAnInvalidAddressByPropertyName() {
		set("hostname", "orders.example");
		set("ip-address", "10.0.0.7/24");
		assertThatRefused("ip-address");
	}

	@ParameterizedTest
	@ValueSource(strings = { "service-name", "instance-id" })
	void rejectsNamesThatAreNotUnicode(String property) {
		set(property, "a\ud83d");
		assertThatRefused(property);
	}

	@Test
	void rejectsMetadataLargerThanOneMebibyteWithoutPrintingIt() {
		set("metadata.large", "x".repeat(1024 * 1024));
		assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class).isThrownBy(this::create)
			.satisfies((ex) -> assertThat(ex.getName()).isEqualTo(PREFIX + "metadata"))
			.satisfies((ex) -> assertThat(ex.getMessage() + ex.getReason()).hasSizeLessThan(500).contains("1048576"));
	}

	@Test
	void namesMayBeLongAndContainAnything() {
		String name = "a/%b \u00fc\ud83d\ude00\0".repeat(1000) + "x";
		set("service-name", name);
		set("instance-id", name);
		assertThat(create().getServiceId()).isEqualTo(name);
		assertThat(create().getInstanceId()).isEqualTo(name);
	}

	@ParameterizedTest
	@ValueSource(strings = { "0s", "1s", "2500ms", "-10s" })
	void rejectsInvalidTtls(String ttl) {
		set("ttl", ttl);
		assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class)
			.isThrownBy(() -> properties().requireTtl())
			.satisfies((ex) -> assertThat(ex.getName()).isEqualTo(PREFIX + "ttl"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", "/", "///" })
	void rejectsAPrefixOfAllKeys(String prefix) {
		set("prefix", prefix);
		assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class)
			.isThrownBy(() -> InstanceKeys.of(properties()))
			.satisfies((ex) -> assertThat(ex.getName()).isEqualTo(PREFIX + "prefix"));
	}

	private void assertThatRefused(String property) {
		assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class).isThrownBy(this::create)
			.satisfies((ex) -> assertThat(ex.getName()).isEqualTo(PREFIX + property))
			.satisfies((ex) -> assertThat(ex.getReason()).endsWith("."));
	}

	private void set(String property, String value) {
		this.environment.setProperty(PREFIX + property, value);
	}

	private EtcdRegistration create() {
		return factory(true).create();
	}

	private boolean complete(EtcdRegistration registration) {
		return factory(true).complete(registration);
	}

	private RegistrationFactory factory(boolean registerManagement) {
		InetUtilsProperties network = new InetUtilsProperties();
		return new RegistrationFactory(properties(), registerManagement, this.environment, new InetUtils(network),
				() -> this.grpcPort);
	}

	private EtcdDiscoveryProperties properties() {
		return Binder.get(this.environment).bindOrCreate("spring.cloud.etcd.discovery", EtcdDiscoveryProperties.class);
	}

}
