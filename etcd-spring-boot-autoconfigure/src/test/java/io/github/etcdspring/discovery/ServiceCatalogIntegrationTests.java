package io.github.etcdspring.discovery;

import java.lang.management.ManagementFactory;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import com.sun.management.ThreadMXBean;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.testsupport.EtcdServer;
import io.micrometer.core.instrument.MeterRegistry;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.discovery.event.HeartbeatEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@ExtendWith(OutputCaptureExtension.class)
class ServiceCatalogIntegrationTests {

	private static final Duration SOON = Duration.ofSeconds(5);

	private static EtcdServer etcd;

	private static ConfigurableApplicationContext context;

	private static DiscoveryClient client;

	private static ServiceCatalog catalog;

	@BeforeAll
	static void start() {
		etcd = EtcdServer.start();
		context = Applications.client(etcd);
		client = context.getBean(DiscoveryClient.class);
		catalog = context.getBean(ServiceCatalog.class);
	}

	@AfterAll
	static void stop() {
		context.close();
		etcd.close();
	}

	@AfterEach
	void clean() {
		etcd.thaw();
		etcd.etcdctl("del", "--prefix", "/services/");
		await().atMost(Duration.ofSeconds(20)).until(() -> catalog.instances().isEmpty() && catalog.skipped() == 0);
	}

	@Test
	void ordersInstancesById() {
		put("ordered/b", "10.0.0.2:80");
		put("ordered/c", "10.0.0.3:80");
		put("ordered/a", "10.0.0.1:80");
		await().atMost(SOON).until(() -> client.getInstances("ordered").size() == 3);
		assertThat(client.getInstances("ordered")).extracting(ServiceInstance::getInstanceId)
			.containsExactly("a", "b", "c");
		assertThat(client.getServices()).containsExactly("ordered");
	}

	@Test
	void distinguishesServicesWithACommonNamePrefix() {
		put("a/1", "10.0.0.1:80");
		put("ab/1", "10.0.0.2:80");
		put("a%2Fb/1", "10.0.0.3:80");
		put("a%/1", "10.0.0.4:80");
		await().atMost(SOON).until(() -> client.getServices().size() == 4);
		assertThat(hosts("a")).containsExactly("10.0.0.1");
		assertThat(hosts("ab")).containsExactly("10.0.0.2");
		assertThat(hosts("a/b")).containsExactly("10.0.0.3");
		assertThat(hosts("a%")).containsExactly("10.0.0.4");
	}

	@Test
	void listsOnlyInstancesThatAreUp() {
		put("status/up", "{\"host\":\"10.0.0.1\",\"port\":80,\"status\":\"up\"}");
		put("status/down", "{\"host\":\"10.0.0.2\",\"port\":80,\"status\":\"DOWN\"}");
		put("none-up/1", "{\"host\":\"10.0.0.2\",\"port\":80,\"status\":\"OUT_OF_SERVICE\"}");
		await().atMost(SOON).until(() -> catalog.instances().size() == 2);
		assertThat(hosts("status")).containsExactly("10.0.0.1");
		assertThat(client.getInstances("none-up")).isEmpty();
		assertThat(client.getServices()).containsExactly("status");
		assertThat(catalog.instances().get("status")).hasSize(2);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			10.0.0.7:8080                                                      | http://10.0.0.7:8080
			[fe80::7]:8080                                                     | http://[fe80::7]:8080
			{"host":"10.0.0.7","port":8080}                                    | http://10.0.0.7:8080
			{"host":"orders.example","port":"443","secure":true}               | https://orders.example:443
			{"Op":0,"Addr":"10.0.0.7:8080","Metadata":null}                    | http://10.0.0.7:8080
			""")
	void readsInstancesWrittenByOtherClients(String value, URI uri) {
		put("foreign/1", value);
		await().atMost(SOON).until(() -> client.getInstances("foreign").size() == 1);
		assertThat(client.getInstances("foreign").get(0).getUri()).isEqualTo(uri);
	}

	@Test
	void skipsAndCountsInvalidInstanceWithoutHidingOthers(CapturedOutput output) {
		put("mixed/bad", "s3cret");
		put("mixed/good", "10.0.0.1:80");
		etcd.etcdctl("put", "/services/no-instance-id", "s3cret");
		await().atMost(SOON).until(() -> catalog.skipped() == 2 && client.getInstances("mixed").size() == 1);
		assertThat(context.getBean(MeterRegistry.class).get("etcd.discovery.keys.skipped").gauge().value())
			.isEqualTo(2);
		assertThat(output).contains(
				"The etcd key /services/mixed/bad holds no instance and is skipped: address must have the form host:port")
			.contains("The etcd key /services/no-instance-id holds no instance and is skipped: the key does not match"
					+ " /services/{service}/{instance-id}")
			.doesNotContain("s3cret");
	}

	@Test
	void logsInvalidInstanceOnceUntilItIsCorrected(CapturedOutput output) {
		put("healed/1", "wrong");
		put("healed/1", "wrong again");
		put("healed/2", "10.0.0.2:80");
		await().atMost(SOON).until(() -> hosts("healed").equals(List.of("10.0.0.2")));
		assertThat(output.getOut().split("/services/healed/1 holds no instance", -1)).hasSize(2);
		put("healed/1", "10.0.0.1:80");
		await().atMost(SOON).until(() -> hosts("healed").equals(List.of("10.0.0.1", "10.0.0.2")));
		assertThat(catalog.skipped()).isZero();
		put("healed/1", "wrong once more");
		await().atMost(SOON).until(() -> hosts("healed").equals(List.of("10.0.0.2")));
		assertThat(output.getOut().split("/services/healed/1 holds no instance", -1)).hasSize(3);
	}

	@Test
	void keyCannotInjectALogLine(CapturedOutput output) {
		etcd.etcdctl("put", "/services/x/1\n2026-01-01 ERROR forged\u2028\u001b[31m", "wrong");
		await().atMost(SOON).until(() -> catalog.skipped() == 1);
		assertThat(output).contains("/services/x/1?2026-01-01 ERROR forged??[31m holds no instance");
	}

	@ParameterizedTest
	@ValueSource(strings = { "kill", "freeze" })
	void keepsLastKnownInstancesWhileEtcdIsDown(String fault) {
		put("kept/1", "10.0.0.1:80");
		await().atMost(SOON).until(() -> hosts("kept").equals(List.of("10.0.0.1")));
		List<ServiceInstance> before = client.getInstances("kept");
		if (fault.equals("kill")) {
			etcd.kill();
		}
		else {
			etcd.freeze();
		}
		await().atMost(Duration.ofSeconds(20)).until(() -> !catalog.status().synced());
		assertThat(client.getInstances("kept")).isSameAs(before);
		assertThat(client.getServices()).containsExactly("kept");
		if (fault.equals("kill")) {
			etcd.restart();
		}
		else {
			etcd.thaw();
		}
		put("kept/2", "10.0.0.2:80");
		await().atMost(Duration.ofSeconds(20)).until(() -> hosts("kept").equals(List.of("10.0.0.1", "10.0.0.2")));
		await().atMost(Duration.ofSeconds(20)).until(() -> catalog.status().synced());
	}

	@Test
	void emptiesTheCatalogOfAWipedEtcdOnlyAfterReconnect() {
		put("wiped/1", "10.0.0.1:80");
		await().atMost(SOON).until(() -> hosts("wiped").equals(List.of("10.0.0.1")));
		etcd.wipe();
		await().atMost(Duration.ofSeconds(20)).until(() -> !catalog.status().synced());
		assertThat(hosts("wiped")).containsExactly("10.0.0.1");
		etcd.restart();
		await().atMost(Duration.ofSeconds(20)).until(() -> client.getServices().isEmpty());
		put("wiped/2", "10.0.0.2:80");
		await().atMost(SOON).until(() -> hosts("wiped").equals(List.of("10.0.0.2")));
	}

	@Test
	@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
	void lookUpAllocatesNothingAndSendsNoRequest() {
		put("looked-up/1", "10.0.0.1:80");
		await().atMost(SOON).until(() -> client.getInstances("looked-up").size() == 1);
		etcd.freeze();
		EtcdDiscoveryClient etcdClient = context.getBean(EtcdDiscoveryClient.class);
		assertThat(etcdClient.getInstances("looked-up")).isSameAs(etcdClient.getInstances("looked-up"));
		assertThat(etcdClient.getInstances("unknown")).isSameAs(etcdClient.getInstances("unknown")).isEmpty();
		assertThat(etcdClient.getServices()).isSameAs(etcdClient.getServices());
		ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
		long thread = Thread.currentThread().getId();
		int size = lookUp(etcdClient, 100_000);
		long before = threads.getThreadAllocatedBytes(thread);
		size += lookUp(etcdClient, 1_000_000);
		long allocated = threads.getThreadAllocatedBytes(thread) - before;
		assertThat(size).isEqualTo(1_100_000);
		assertThat(allocated / 1_000_000).isZero();
	}

	private static int lookUp(EtcdDiscoveryClient client, int times) {
		int size = 0;
		for (int i = 0; i < times; i++) {
			size += client.getInstances("looked-up").size() + client.getInstances("unknown").size();
		}
		return size;
	}

	@Test
	void rewrittenIdenticalValueUpdatesTheRevisionWithoutHeartbeat() {
		List<Object> announced = new CopyOnWriteArrayList<>();
		try (ConfigurableApplicationContext other = Applications.client(etcd)) {
			other.addApplicationListener(
					(ApplicationListener<HeartbeatEvent>) (event) -> announced.add(event.getValue()));
			ServiceCatalog seen = other.getBean(ServiceCatalog.class);
			put("again/1", "10.0.0.1:80");
			long first = etcd.revision();
			await().atMost(SOON).until(() -> announced.contains(first));
			assertThat(seen.instances().get("again").get(0).revision()).isEqualTo(first);
			put("again/1", "10.0.0.1:80");
			long again = etcd.revision();
			await().atMost(SOON).until(() -> seen.instances().get("again").get(0).revision() == again);
			put("other/1", "10.0.0.2:80");
			await().atMost(SOON).until(() -> announced.contains(etcd.revision()));
			assertThat(announced).doesNotContain(again);
		}
	}

	@Test
	void changeIsVisibleShortlyAfterThePut() {
		long before = System.nanoTime();
		for (int i = 0; i < 20; i++) {
			String host = "10.0.0." + i;
			put("moment/1", host + ":80");
			await().pollInterval(1, TimeUnit.MILLISECONDS)
				.atMost(SOON)
				.until(() -> hosts("moment").equals(List.of(host)));
		}
		// most of this time is spent by etcdctl
		assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(10));
	}

	private static List<String> hosts(String service) {
		return client.getInstances(service).stream().map(ServiceInstance::getHost).toList();
	}

	private static void put(String key, String value) {
		etcd.etcdctl("put", "/services/" + key, value);
	}

}
