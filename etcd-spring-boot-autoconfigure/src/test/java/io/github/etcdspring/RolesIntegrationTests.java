package io.github.etcdspring;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.options.GetOption;
import io.github.etcdspring.GuideRoles.Permission;
import io.github.etcdspring.client.EtcdRequestException;
import io.github.etcdspring.client.EtcdRequestException.Reason;
import io.github.etcdspring.client.TestConnection;
import io.github.etcdspring.fixture.Applications;
import io.github.etcdspring.fixture.OpenResources;
import io.github.etcdspring.operations.ConfigChange;
import io.github.etcdspring.operations.ConfigProposal;
import io.github.etcdspring.operations.ConfigProposal.Consent;
import io.github.etcdspring.operations.EtcdConfigException;
import io.github.etcdspring.operations.EtcdConfigOperations;
import io.github.etcdspring.operations.EtcdFleetOperations;
import io.github.etcdspring.operations.EtcdHistoryOperations;
import io.github.etcdspring.operations.EtcdInstanceException;
import io.github.etcdspring.operations.EtcdInstanceOperations;
import io.github.etcdspring.rollout.ConfigRollout;
import io.github.etcdspring.rollout.EtcdRolloutOperations;
import io.github.etcdspring.rollout.RolloutOutcome.State;
import io.github.etcdspring.rollout.RolloutPlan;
import io.github.etcdspring.rollout.RolloutTarget;
import io.github.etcdspring.testsupport.EtcdServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Each role of the operations guide permits what its row says, and nothing else.
 */
class RolesIntegrationTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(20);

	private static final String ORDERS = "/config/orders/";

	private static final String SIZE = ORDERS + "size";

	private static EtcdServer etcd;

	private static ConfigurableApplicationContext root;

	private static ConfigurableApplicationContext application;

	@RegisterExtension
	final OpenResources opened = new OpenResources();

	@BeforeAll
	static void start() {
		etcd = EtcdServer.start();
		etcd.etcdctl("put", SIZE, "1");
		etcd.etcdctl("put", "/services/billing/one", "10.0.0.7:8080");
		GuideRoles.create(etcd);
		GuideRoles.createUser(etcd, "orders", GuideRoles.rolesOf("application, as"));
		GuideRoles.createUser(etcd, "driver", GuideRoles.rolesOf("application that may take over"));
		GuideRoles.createUser(etcd, "editor", GuideRoles.rolesOf("editor"));
		GuideRoles.createUser(etcd, "auditor", GuideRoles.rolesOf("auditor"));
		etcd.enableAuthentication("root");
		root = tool("root");
		application = application("orders", "one");
	}

	@AfterAll
	static void stop() {
		application.close();
		root.close();
		etcd.close();
	}

	static Stream<Arguments> roles() {
		return GuideRoles.roles().entrySet().stream().map((role) -> Arguments.of(role.getKey(), role.getValue()));
	}

	@ParameterizedTest
	@MethodSource("roles")
	void etcdRefusesKeysOutsideOfTheRole(String role, Set<Permission> permissions) {
		TestConnection connection = this.opened.connection(List.of(etcd.endpoint()), "username=" + role,
				"password=" + role);
		Set<String> prefixes = new TreeSet<>(GuideRoles.prefixes());
		prefixes.addAll(List.of("/", "/services/billing/", "/overrides/billing/", "/config/", "/config/billing/",
				"/config/billing,", "/fleet/billing/", "/fleet-properties/billing/", "/history/config/application/",
				"/history/config/billing/", "/snapshots/config/billing/", "/teams/green/"));
		for (String prefix : prefixes) {
			ByteSequence key = ByteSequence.from(prefix, StandardCharsets.UTF_8);
			ByteSequence probe = ByteSequence.from(prefix + "~probe", StandardCharsets.UTF_8);
			assertThat(isPermitted(() -> connection.get()
				.call(() -> connection.client().getKVClient().get(key, GetOption.builder().isPrefix(true).build()))))
				.as("%s reads %s", role, prefix)
				.isEqualTo(permissions.stream().anyMatch((permission) -> permission.permitsRead(prefix)));
			assertThat(isPermitted(() -> connection.get()
				.call(() -> connection.client().getKVClient().put(probe, ByteSequence.EMPTY))))
				.as("%s writes %s", role, prefix)
				.isEqualTo(permissions.stream().anyMatch((permission) -> permission.permitsWrite(prefix)));
		}
	}

	static Stream<Arguments> users() {
		Set<Activity> none = Set.of();
		return Stream.of(Arguments.of("orders-instance", EnumSet.of(Activity.OVERRIDE)),
				Arguments.of("caller", EnumSet.of(Activity.LIST_OVERRIDES)),
				Arguments.of("orders-reader", EnumSet.of(Activity.READ)), Arguments.of("blue-reader", none),
				Arguments.of("orders-fleet", none),
				Arguments.of("orders-properties", EnumSet.of(Activity.READ_PROPERTIES)),
				Arguments.of("orders-writer", EnumSet.of(Activity.READ, Activity.WRITE)),
				Arguments.of("fleet-reader", EnumSet.of(Activity.READ_FLEET)),
				Arguments.of("orders-history", EnumSet.of(Activity.READ_HISTORY)),
				Arguments.of("orders-snapshots", EnumSet.of(Activity.LIST_SNAPSHOTS)),
				Arguments.of("properties-reader", EnumSet.of(Activity.READ_PROPERTIES)),
				Arguments.of("services-operator", none),
				Arguments.of("overrides-operator", EnumSet.of(Activity.LIST_OVERRIDES, Activity.OVERRIDE)),
				Arguments.of("orders", EnumSet.of(Activity.READ, Activity.LIST_OVERRIDES, Activity.OVERRIDE)),
				Arguments.of("editor",
						EnumSet.of(Activity.READ, Activity.READ_FLEET, Activity.WRITE, Activity.RECORD,
								Activity.READ_HISTORY, Activity.PROPOSE, Activity.ROLL_OUT)),
				Arguments.of("auditor", EnumSet.of(Activity.READ, Activity.READ_HISTORY, Activity.LIST_SNAPSHOTS,
						Activity.SAVE_SNAPSHOT)));
	}

	@ParameterizedTest
	@MethodSource("users")
	void userDoesWhatItsRolesPermitAndNothingElse(String user, Set<Activity> expected) {
		ConfigurableApplicationContext tool = this.opened.add(tool(user));
		Set<Activity> permitted = EnumSet.noneOf(Activity.class);
		for (Activity activity : Activity.values()) {
			if (isPermitted(() -> activity.perform(tool, user))) {
				permitted.add(activity);
			}
		}
		assertThat(permitted).isEqualTo(expected);
		assertThat(etcd.etcdctl("get", "--prefix", "--keys-only", ORDERS + ".")).as("proposals and rollouts").isBlank();
	}

	@Test
	void applicationIsRegisteredAnswersAndAppliesRollouts() {
		DiscoveryClient discovery = application.getBean(DiscoveryClient.class);
		await().atMost(TIMEOUT).until(() -> discovery.getServices().containsAll(List.of("billing", "orders")));
		assertThat(Activity.PROPOSE.perform(root, "root")).isTrue();
		assertThat(Activity.ROLL_OUT.perform(root, "root")).isTrue();
		await().atMost(TIMEOUT).until(() -> "root".equals(application.getEnvironment().getProperty("rolled-out")));
	}

	@Test
	void onlyAnApplicationWithTheRolesOfADriverTakesOver() {
		ConfigurableApplicationContext author = tool("editor");
		ConfigRollout rollout = author.getBean(EtcdRolloutOperations.class)
			.start(plan("two", RolloutTarget.instances("one"), Duration.ofSeconds(3)));
		author.close();
		assertThat(root.getBean(EtcdRolloutOperations.class).find(SIZE).await(Duration.ofSeconds(15)).state())
			.isEqualTo(State.RUNNING);
		this.opened.add(application("driver", "two"));
		assertThat(root.getBean(EtcdRolloutOperations.class).find(SIZE).await(Duration.ofSeconds(30)).state())
			.isEqualTo(State.WRITTEN);
		assertThat(rollout.id()).isNotNull();
		assertThat(root.getBean(EtcdHistoryOperations.class).list(ORDERS).get(0).author()).isEqualTo("two");
	}

	@Test
	void commandsAndTablesGrantTheSame() {
		List<String> application = GuideRoles.rolesOf("application, as");
		assertThat(GuideRoles.granted("orders")).isEqualTo(GuideRoles.union(application));
		assertThat(GuideRoles.granted("orders-config")).isEqualTo(GuideRoles.union(GuideRoles.rolesOf("editor")));
		List<String> publishing = Stream.concat(application.stream(), Stream.of("orders-properties")).toList();
		assertThat(GuideRoles.ofSecurityPage("shop", "orders")).isEqualTo(GuideRoles.union(publishing));
	}

	private static RolloutPlan plan(String user, RolloutTarget target, Duration time) {
		return RolloutPlan.of(user, "", ConfigChange.put(ORDERS + "rolled-out", user)).step(target, time);
	}

	private static boolean isPermitted(Request request) {
		try {
			return !Boolean.FALSE.equals(request.send());
		}
		catch (EtcdConfigException | EtcdInstanceException ex) {
			assertThat(ex).hasMessageContaining("permission denied");
			return false;
		}
		catch (EtcdRequestException ex) {
			assertThat(ex.reason()).isEqualTo(Reason.PERMISSION_DENIED);
			return false;
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static ConfigurableApplicationContext tool(String user) {
		return Applications.plain(etcd, "tool")
			.properties("spring.cloud.etcd.discovery.enabled=false", "spring.cloud.etcd.username=" + user,
					"spring.cloud.etcd.password=" + user)
			.run();
	}

	private static ConfigurableApplicationContext application(String user, String instance) {
		ConfigurableApplicationContext context = Applications.plain(etcd, "orders")
			.properties("spring.config.import=etcd:", "spring.cloud.etcd.discovery.instance-id=" + instance,
					"spring.cloud.etcd.username=" + user, "spring.cloud.etcd.password=" + user)
			.run();
		await().atMost(TIMEOUT)
			.until(() -> root.getBean(EtcdFleetOperations.class)
				.list("orders")
				.stream()
				.anyMatch((found) -> found.instance().equals(instance)));
		return context;
	}

	/**
	 * Request that etcd may refuse.
	 */
	@FunctionalInterface
	private interface Request {

		Object send() throws EtcdRequestException, InterruptedException;

	}

	/**
	 * What a user may be permitted to do.
	 */
	private enum Activity {

		READ, READ_FLEET, READ_PROPERTIES, WRITE, RECORD, READ_HISTORY, LIST_SNAPSHOTS, SAVE_SNAPSHOT, PROPOSE,
		ROLL_OUT, LIST_OVERRIDES, OVERRIDE;

		/**
		 * Perform the activity, which fails if etcd refuses it.
		 * @param tool an application of the user
		 * @param user name of the user
		 * @return whether it had its effect
		 */
		boolean perform(ConfigurableApplicationContext tool, String user) {
			EtcdConfigOperations config = tool.getBean(EtcdConfigOperations.class);
			EtcdFleetOperations fleet = tool.getBean(EtcdFleetOperations.class);
			EtcdHistoryOperations history = tool.getBean(EtcdHistoryOperations.class);
			return switch (this) {
				case READ -> config.list(ORDERS) != null && config.list("/config/orders,") != null;
				case READ_FLEET -> !fleet.list().isEmpty();
				case READ_PROPERTIES -> fleet.properties("orders") != null;
				case WRITE -> write(config, user) > 0;
				case RECORD -> isRecorded(write(config, user), user);
				case READ_HISTORY -> history.list(ORDERS) != null;
				case LIST_SNAPSHOTS -> history.snapshots(ORDERS) != null;
				case SAVE_SNAPSHOT -> history.saveSnapshot(ORDERS, user) != null;
				case PROPOSE -> propose(config, user);
				case ROLL_OUT -> tool.getBean(EtcdRolloutOperations.class)
					.start(plan(user, RolloutTarget.share(100), Duration.ofSeconds(1)))
					.await(TIMEOUT)
					.state() == State.WRITTEN;
				case LIST_OVERRIDES -> tool.getBean(EtcdInstanceOperations.class).list() != null;
				case OVERRIDE -> override(tool.getBean(EtcdInstanceOperations.class), user);
			};
		}

		private static long write(EtcdConfigOperations config, String user) {
			return config.as(user, "").save(ORDERS + "written", user).revision();
		}

		private static boolean isRecorded(long revision, String user) {
			return root.getBean(EtcdHistoryOperations.class)
				.list(ORDERS)
				.stream()
				.anyMatch((entry) -> entry.revision() == revision && entry.author().equals(user));
		}

		private static boolean propose(EtcdConfigOperations config, String user) {
			try (ConfigProposal proposal = config.propose(user, "", ConfigChange.put(ORDERS + "proposed", user))) {
				return proposal.write(Consent.ALL, Duration.ofSeconds(5)).isWritten();
			}
		}

		private static boolean override(EtcdInstanceOperations instances, String user) {
			instances.changeWeight("orders", "one", 50, user, "test", Instant.now().plusSeconds(60));
			return instances.clear("orders", "one");
		}

	}

}
