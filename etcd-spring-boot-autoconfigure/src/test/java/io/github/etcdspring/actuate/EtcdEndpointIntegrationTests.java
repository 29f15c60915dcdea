package io.github.etcdspring.actuate;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

import javax.management.ObjectName;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.github.etcdspring.discovery.ServiceCatalog;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.Keys;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.util.StringUtils;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class EtcdEndpointIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	private static final String[] CONFIGURED = { "--spring.config.import=etcd:", "--spring.profiles.active=prod",
			"--spring.cloud.etcd.discovery.instance-id=one", "--management.endpoints.web.exposure.include=etcd" };

	private final ObjectMapper json = new ObjectMapper();

	private EtcdServer etcd;

	@BeforeEach
	void startEtcd() {
		this.etcd = EtcdServer.start();
	}

	@AfterEach
	void stopEtcd() {
		this.etcd.close();
	}

	@Test
	void showsTheCompleteStateOverHttp() throws Exception {
		this.etcd.etcdctl("put", "/config/application/application.yaml", "color: s3cret");
		this.etcd.etcdctl("put", "/config/orders/greeting", "s3cret");
		long document = this.etcd.revision() - 1;
		try (ConfigurableApplicationContext context = Applications.servlet(this.etcd, "orders").run(CONFIGURED)) {
			await().atMost(SOON).until(() -> Keys.of(this.etcd, "orders").size() == 1);
			this.etcd.etcdctl("put", "/config/orders/greeting", "s3cret-2");
			long applied = this.etcd.revisionOf("/config/orders/greeting");
			await().atMost(SOON).until(() -> read(context).at("/configuration/revision").asLong() == applied);
			this.etcd.etcdctl("put", "/config/orders/application.yaml", "color: [s3cret");
			await().atMost(SOON).until(() -> read(context).at("/configuration/rejectedNow").asBoolean());
			// on a busy machine the first response may take longer than a second
			JsonNode read = await().atMost(Duration.ofSeconds(20))
				.until(() -> read(context),
						(state) -> state.at("/watches/2/synced").asBoolean() && state.at("/watches/2").has("lastChange")
								&& state.at("/cluster/problems").isEmpty()
								&& state.at("/cluster/members/0/leader").asBoolean());
			String text = read.toString();
			assertThat(text).doesNotContain("s3cret");
			JsonNode member = read.at("/cluster/members/0");
			assertThat(List.of(member.get("dbSize").asLong(), member.get("dbSizeInUse").asLong()))
				.allMatch((size) -> size > 4096);
			assertThat(masked(read).toPrettyString())
				.isEqualTo(
						this.json
							.readTree(
									"""
											{
											  "cluster": {
											    "endpoints": [ { "url": "ENDPOINT", "reachable": true, "member": "MEMBER" } ],
											    "members": [ {
											      "id": "MEMBER", "name": "etcd", "clientUrls": [ "ENDPOINT" ],
											      "leader": true, "learner": false, "version": "*", "revision": CURRENT,
											      "dbSize": "*", "dbSizeInUse": "*", "alarms": [ ]
											    } ],
											    "problems": [ ]
											  },
											  "lease": { "id": "LEASE", "ttl": "PT10S", "since": "*", "renewals": "*", "losses": 0 },
											  "registrations": [ {
											    "service": "orders", "instance": "one", "key": "/services/orders/one",
											    "status": "UP", "state": "REGISTERED", "since": "*"
											  } ],
											  "watches": [ {
											    "name": "services", "keys": [ "/services/" ], "revision": REGISTERED, "entries": 1,
											    "synced": true, "since": "*", "opened": 1, "resyncs": 0, "lastChange": "*"
											  }, {
											    "name": "config",
											    "keys": [
											      "/config/application/", "/config/orders/", "/config/application,prod/", "/config/orders,prod/"
											    ],
											    "revision": REJECTED, "entries": 3,
											    "synced": true, "since": "*", "opened": 1, "resyncs": 0, "lastChange": "*"
											  }, {
											    "name": "own-keys", "keys": [ "/fleet/orders/one", "/services/orders/one" ],
											    "revision": OWN, "entries": 2,
											    "synced": true, "since": "*", "opened": 2, "resyncs": 0, "lastChange": "*"
											  }, {
											    "name": "overrides", "keys": [ "/overrides/" ], "revision": FOLLOWED, "entries": 0,
											    "synced": true, "since": "*", "opened": 1, "resyncs": 0
											  } ],
											  "configuration": {
											    "revision": APPLIED,
											    "seenRevision": REJECTED,
											    "lastApplied": { "revision": APPLIED, "time": "*", "properties": [ "greeting" ] },
											    "lastRejected": {
											      "revision": REJECTED, "time": "*", "key": "/config/orders/application.yaml",
											      "reason": "REASON"
											    },
											    "rejectedNow": true,
											    "sources": [ {
											      "name": "etcd:/config/orders,prod/", "properties": { }
											    }, {
											      "name": "etcd:/config/application,prod/", "properties": { }
											    }, {
											      "name": "etcd:/config/orders/",
											      "properties": { "greeting": { "key": "/config/orders/greeting", "modRevision": APPLIED } }
											    }, {
											      "name": "etcd:/config/application/",
											      "properties": {
											        "color": {
											          "key": "/config/application/application.yaml", "modRevision": DOCUMENT, "location": "1:8"
											        }
											      }
											    } ]
											  }
											}
											"""
										.replace("ENDPOINT", this.etcd.endpoint())
										.replace("MEMBER",
												StringUtils.delimitedListToStringArray(
														this.etcd.etcdctl("member", "list"), ",")[0])
										.replace("LEASE", Keys.leases(this.etcd).get(0))
										.replace("REASON", read.at("/configuration/lastRejected/reason").asText())
										.replace("REGISTERED,", read.at("/watches/0/revision").asText() + ",")
										.replace("CURRENT", read.at("/cluster/members/0/revision").asText())
										.replace("OWN", read.at("/watches/2/revision").asText())
										.replace("FOLLOWED", read.at("/watches/3/revision").asText())
										.replace("REJECTED",
												String.valueOf(this.etcd.revisionOf("/config/orders/application.yaml")))
										.replace("APPLIED", String.valueOf(applied))
										.replace("DOCUMENT", String.valueOf(document)))
							.toPrettyString());
		}
	}

	@Test
	void showsInstancesThatVanishedAtOnce() throws Exception {
		try (ConfigurableApplicationContext context = Applications.servlet(this.etcd, "orders").run(CONFIGURED)) {
			for (String id : List.of("a", "b", "c")) {
				this.etcd.etcdctl("put", "/services/greeting/" + id, "127.0.0.1:1");
			}
			ServiceCatalog catalog = context.getBean(ServiceCatalog.class);
			await().atMost(SOON).until(() -> catalog.instances().getOrDefault("greeting", List.of()).size() == 3);
			assertThat(read(context).has("vanished")).isFalse();
			this.etcd.etcdctl("del", "/services/greeting/", "--prefix");
			await().atMost(SOON).until(() -> read(context).at("/vanished").size() == 3);
			JsonNode first = read(context).at("/vanished/0");
			assertThat(first.at("/service").asText()).isEqualTo("greeting");
			assertThat(first.at("/instance").asText()).isEqualTo("a");
			assertThat(first.at("/host").asText()).isEqualTo("127.0.0.1");
			assertThat(first.at("/port").asInt()).isOne();
			assertThat(Instant.parse(first.at("/calledUntil").asText())).isAfter(Instant.now());
		}
	}

	/** Replaces values that differ in each run by a star. */
	private static JsonNode masked(JsonNode node) {
		node.forEach(EtcdEndpointIntegrationTests::masked);
		if (node instanceof ObjectNode object) {
			for (String name : List.of("since", "time", "lastChange", "version", "dbSize", "dbSizeInUse", "renewals")) {
				if (object.has(name)) {
					object.set(name, TextNode.valueOf("*"));
				}
			}
		}
		return node;
	}

	@Test
	void omitsFeaturesThatTheApplicationDoesNotUse() throws Exception {
		try (ConfigurableApplicationContext context = Applications.reactive(this.etcd, "orders")
			.run("--spring.cloud.etcd.discovery.enabled=false", "--management.endpoints.web.exposure.include=etcd")) {
			Iterator<String> names = read(context).fieldNames();
			assertThat(names).toIterable().containsExactly("cluster", "watches");
		}
	}

	@Test
	void showsOverridesToTheInstanceAndToItsCallers() throws Exception {
		try (ConfigurableApplicationContext context = Applications.servlet(this.etcd, "orders").run(CONFIGURED)) {
			await().atMost(SOON).until(() -> Keys.of(this.etcd, "orders").size() == 1);
			assertThat(read(context).has("overrides")).isFalse();
			String override = "{\"owner\":\"jane\",\"reason\":\"leak\",\"until\":\"2999-01-01T00:00:00Z\",\"outOfService\":true";
			this.etcd.etcdctl("put", "/overrides/orders/one", override + "}");
			await().atMost(SOON).until(() -> read(context).has("overrides"));
			JsonNode expected = this.json.readTree(override + ",\"service\":\"orders\",\"instance\":\"one\"}");
			assertThat(read(context).at("/overrides/0")).isEqualTo(expected);
			JsonNode shown = await().atMost(SOON)
				.until(() -> read(context).at("/registrations/0/override"), (node) -> !node.isMissingNode());
			assertThat(shown).isEqualTo(expected);
			assertThat(read(context).at("/registrations/0/status").asText()).isEqualTo("UP");
		}
	}

	@Test
	void isReadOnly() {
		try (ConfigurableApplicationContext context = Applications.servlet(this.etcd, "orders").run(CONFIGURED)) {
			assertThat(status(context, HttpMethod.POST)).isEqualTo(HttpStatus.METHOD_NOT_ALLOWED.value());
			assertThat(status(context, HttpMethod.DELETE)).isEqualTo(HttpStatus.METHOD_NOT_ALLOWED.value());
			assertThat(status(context, HttpMethod.GET)).isEqualTo(HttpStatus.OK.value());
		}
	}

	@Test
	void worksOverJmx() throws Exception {
		SpringApplicationBuilder application = Applications.plain(this.etcd, "orders")
			.properties("spring.jmx.enabled=true", "management.endpoints.jmx.exposure.include=etcd",
					"management.endpoints.jmx.domain=etcd-endpoint-test");
		try (ConfigurableApplicationContext context = application.run()) {
			await().atMost(SOON).until(() -> Keys.of(this.etcd, "orders").size() == 1);
			Object answer = ManagementFactory.getPlatformMBeanServer()
				.invoke(new ObjectName("etcd-endpoint-test:type=Endpoint,name=Etcd"), "etcd", new Object[0],
						new String[0]);
			assertThat(context.isActive()).isTrue();
			assertThat(answer).isInstanceOf(Map.class);
			assertThat(this.json.valueToTree(answer).at("/registrations/0/service").asText()).isEqualTo("orders");
		}
	}

	@Test
	void respondsWithinTheTimeoutWhileEtcdIsFrozen() throws Exception {
		try (ConfigurableApplicationContext context = Applications.servlet(this.etcd, "orders").run(CONFIGURED)) {
			await().atMost(SOON).until(() -> Keys.of(this.etcd, "orders").size() == 1);
			read(context);
			this.etcd.freeze();
			try {
				long before = System.nanoTime();
				JsonNode frozen = read(context);
				assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(4));
				assertThat(frozen.at("/cluster/problems/0").asText()).isEqualTo("no etcd endpoint answers");
				assertThat(frozen.at("/cluster/endpoints/0/problem").asText()).isEqualTo("no answer within 1000 ms");
				assertThat(frozen.at("/registrations/0/state").asText()).isEqualTo("REGISTERED");
			}
			finally {
				this.etcd.thaw();
			}
		}
	}

	private JsonNode read(ConfigurableApplicationContext context) throws Exception {
		return this.json.readTree(RestClient.create(uri(context)).get().retrieve().body(String.class));
	}

	private static int status(ConfigurableApplicationContext context, HttpMethod method) {
		return RestClient.create(uri(context))
			.method(method)
			.exchange((request, response) -> response.getStatusCode().value());
	}

	private static String uri(ConfigurableApplicationContext context) {
		return "http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port") + "/actuator/etcd";
	}

}
