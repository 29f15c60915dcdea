package io.github.etcdspring.loadbalancer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;

import io.github.etcdspring.loadbalancer.EtcdRoutingProperties.Rule;
import io.github.etcdspring.loadbalancer.EtcdRoutingProperties.Service;
import io.github.etcdspring.loadbalancer.EtcdRoutingProperties.Tag;
import io.github.etcdspring.loadbalancer.ServiceRules.OtherInstances;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;

import static org.assertj.core.api.Assertions.assertThat;

@ExtendWith(OutputCaptureExtension.class)
class ServiceRulesTests {

	private static final OtherInstances NO_OTHERS = (matching, required) -> List.of();

	private static final Map<String, String> NO_HEADERS = Map.of();

	private static final ServiceInstance STABLE = instance("stable", "version", "1");

	private static final ServiceInstance CANARY = instance("canary", "version", "2");

	private static final ServiceInstance EXTRA = instance("extra", "version", "3");

	private static final Map<String, Map<String, String>> SUBSETS = Map.of("stable", Map.of("version", "1"), "canary",
			Map.of("version", "2"), "unversioned", Map.of("version", ""));

	private DoubleSupplier random = new Random()::nextDouble;

	@Test
	void noRulesWithoutTagsAndRules() {
		assertThat(ServiceRules.of("orders", new EtcdRoutingProperties(Map.of(), Map.of()))).isNull();
		assertThat(ServiceRules.of("orders", properties(new Service(SUBSETS, List.of())))).isNull();
		assertThat(ServiceRules.of("other", properties(new Service(SUBSETS, List.of(to("canary")))))).isNull();
	}

	@Test
	void firstRuleThatAppliesDecides() {
		ServiceRules rules = rules(header("x-canary", "true", "canary"), header("x-canary", null, "stable"));
		assertThat(choose(rules, Map.of("x-canary", "true"), STABLE, CANARY, EXTRA)).containsExactly(CANARY);
		assertThat(choose(rules, Map.of("x-canary", "no"), STABLE, CANARY, EXTRA)).containsExactly(STABLE);
		assertThat(rules.headers()).containsExactly("x-canary");
	}

	@Test
	void otherCallsGoToInstancesThatNoRuleIsFor() {
		ServiceRules rules = rules(header("x-canary", null, "canary"));
		assertThat(choose(rules, NO_HEADERS, STABLE, CANARY, EXTRA)).containsExactly(STABLE, EXTRA);
		assertThat(choose(rules, NO_HEADERS, CANARY)).containsExactly(CANARY);
	}

	@Test
	void ruleWithoutInstancePassesCallToNextRule(CapturedOutput output) {
		ServiceRules rules = rules(header("x-canary", null, "canary"), to("stable"));
		assertThat(choose(rules, Map.of("x-canary", "true"), STABLE, EXTRA)).containsExactly(STABLE);
		assertThat(choose(rules, Map.of("x-canary", "true"), STABLE, EXTRA)).containsExactly(STABLE);
		assertThat(output.toString()).containsOnlyOnce(
				"No instance of service 'orders' can be called for the routing rule spring.cloud.etcd.loadbalancer.routing"
						+ ".services.orders.rules[0], its calls go to other instances");
	}

	@Test
	void requiredRuleWithoutInstanceLeavesNone(CapturedOutput output) {
		ServiceRules rules = rules(new Rule("x-canary", null, "canary", Map.of(), null, true));
		assertThat(choose(rules, Map.of("x-canary", "true"), STABLE)).isEmpty();
		assertThat(choose(rules, NO_HEADERS, STABLE)).containsExactly(STABLE);
		assertThat(output).contains("rules[0], its calls fail");
	}

	@Test
	void emptyValueStandsForInstancesWithoutTheKey() {
		ServiceInstance unversioned = instance("unversioned", "zone", "a");
		assertThat(choose(rules(to("unversioned")), NO_HEADERS, STABLE, unversioned)).containsExactly(unversioned);
	}

	@Test
	void instanceOfASubsetHasAllItsMetadata() {
		ServiceInstance other = new DefaultServiceInstance("other", "orders", "127.0.0.1", 1, false,
				Map.of("version", "2", "zone", "a"));
		ServiceRules rules = ServiceRules.of("orders",
				properties(new Service(Map.of("canary", Map.of("version", "2", "zone", "a")), List.of(to("canary")))));
		assertThat(choose(rules, NO_HEADERS, CANARY, other)).containsExactly(other);
	}

	@Test
	void splitOfAllOrNothingIsExact() {
		ServiceRules all = rules(split(Map.of("stable", 0, "canary", 100), null));
		ServiceRules none = rules(split(Map.of("stable", 100, "canary", 0), null));
		for (int i = 0; i < 2000; i++) {
			assertThat(choose(all, NO_HEADERS, STABLE, CANARY, EXTRA)).containsExactly(CANARY);
			assertThat(choose(none, NO_HEADERS, STABLE, CANARY, EXTRA)).containsExactly(STABLE);
		}
	}

	@Test
	void splitFollowsTheDraw() {
		ServiceRules rules = rules(split(Map.of("stable", 95, "canary", 5), null));
		this.random = () -> 0.049;
		assertThat(choose(rules, NO_HEADERS, STABLE, CANARY)).containsExactly(CANARY);
		this.random = () -> 0.05;
		assertThat(choose(rules, NO_HEADERS, STABLE, CANARY)).containsExactly(STABLE);
		this.random = () -> Math.nextDown(1.0);
		assertThat(choose(rules, NO_HEADERS, STABLE, CANARY)).containsExactly(STABLE);
	}

	@Test
	void subsetWithoutInstancesLeavesItsShareToTheOthers(CapturedOutput output) {
		ServiceRules rules = rules(split(Map.of("stable", 50, "canary", 50), null));
		for (int i = 0; i < 200; i++) {
			assertThat(choose(rules, NO_HEADERS, STABLE, EXTRA)).containsExactly(STABLE);
		}
		assertThat(output).doesNotContain("routing rule");
		assertThat(choose(rules, NO_HEADERS, EXTRA)).containsExactly(EXTRA);
		assertThat(output).contains("routing rule");
	}

	@Test
	void stickySplitDependsOnTheHeaderOnly() {
		ServiceRules rules = rules(split(Map.of("stable", 50, "canary", 50), "x-user"));
		ServiceRules more = rules(split(Map.of("stable", 20, "canary", 80), "x-user"));
		List<Integer> canaries = new ArrayList<>();
		for (int user = 0; user < 2000; user++) {
			Map<String, String> headers = Map.of("x-user", "user-" + user);
			List<ServiceInstance> chosen = choose(rules, headers, STABLE, CANARY);
			assertThat(choose(rules, headers, CANARY, STABLE)).isEqualTo(chosen);
			if (chosen.contains(CANARY)) {
				canaries.add(user);
				assertThat(choose(more, headers, STABLE, CANARY)).containsExactly(CANARY);
			}
		}
		// the same in each run, as the hash is
		assertThat(canaries).hasSizeBetween(800, 1200);
	}

	@Test
	void stickySplitWithoutTheHeaderIsRandom() {
		ServiceRules rules = rules(split(Map.of("stable", 50, "canary", 50), "x-user"));
		List<ServiceInstance> chosen = IntStream.range(0, 2000)
			.mapToObj((i) -> choose(rules, NO_HEADERS, STABLE, CANARY).get(0))
			.toList();
		assertThat(chosen).contains(STABLE, CANARY);
	}

	@Test
	void tagIsCalledOnDemandOnly() {
		ServiceInstance baseline = instance("baseline", "version", "1");
		ServiceInstance mine = instance("mine", "branch", "mine");
		ServiceInstance other = instance("other", "branch", "other");
		ServiceRules rules = tags(new Tag("x-branch", false));
		assertThat(choose(rules, Map.of("x-branch", "mine"), baseline, mine, other)).containsExactly(mine);
		assertThat(choose(rules, Map.of("x-branch", "unknown"), baseline, mine, other)).containsExactly(baseline);
		assertThat(choose(rules, NO_HEADERS, baseline, mine, other)).containsExactly(baseline);
		assertThat(choose(rules, NO_HEADERS, mine, other)).containsExactly(mine, other);
	}

	@Test
	void requiredTagWithoutInstanceLeavesNone() {
		ServiceInstance baseline = instance("baseline", "version", "1");
		ServiceRules rules = tags(new Tag("x-branch", true));
		assertThat(choose(rules, Map.of("x-branch", "mine"), baseline)).isEmpty();
		assertThat(choose(rules, NO_HEADERS, baseline)).containsExactly(baseline);
	}

	@Test
	void rulesLeaveTaggedInstancesOut() {
		ServiceInstance branch = new DefaultServiceInstance("branch", "orders", "127.0.0.1", 1, false,
				Map.of("version", "1", "branch", "mine"));
		ServiceRules rules = ServiceRules.of("orders",
				new EtcdRoutingProperties(Map.of("orders", new Service(SUBSETS, List.of(to("stable")))),
						Map.of("branch", new Tag("x-branch", false))));
		assertThat(choose(rules, NO_HEADERS, STABLE, branch)).containsExactly(STABLE);
		assertThat(choose(rules, Map.of("x-branch", "mine"), STABLE, branch)).containsExactly(branch);
	}

	@Test
	void instancesThatTheLoadBalancerPrefersComeFirst() {
		ServiceInstance far = instance("far", "version", "2");
		OtherInstances others = (matching, required) -> List.of(far).stream().filter(matching).toList();
		ServiceRules rules = rules(to("canary"));
		assertThat(rules.choose(List.of(STABLE, CANARY), others, NO_HEADERS, this.random)).containsExactly(CANARY);
		assertThat(rules.choose(List.of(STABLE), others, NO_HEADERS, this.random)).containsExactly(far);
	}

	@Test
	void nothingIsChosenFromAnEmptyList(CapturedOutput output) {
		assertThat(choose(rules(to("canary")), NO_HEADERS)).isEmpty();
		assertThat(output).doesNotContain("routing rule");
	}

	private static EtcdRoutingProperties properties(Service orders) {
		return new EtcdRoutingProperties(Map.of("orders", orders), Map.of());
	}

	private static ServiceRules rules(Rule... rules) {
		return ServiceRules.of("orders", properties(new Service(SUBSETS, List.of(rules))));
	}

	private static ServiceRules tags(Tag branch) {
		return ServiceRules.of("orders", new EtcdRoutingProperties(Map.of(), Map.of("branch", branch)));
	}

	private static Rule header(String name, String value, String to) {
		return new Rule(name, value, to, Map.of(), null, false);
	}

	private static Rule to(String subset) {
		return header(null, null, subset);
	}

	private static Rule split(Map<String, Integer> split, String stickyHeader) {
		return new Rule(null, null, null, split, stickyHeader, false);
	}

	private List<ServiceInstance> choose(ServiceRules rules, Map<String, String> headers,
			ServiceInstance... instances) {
		return rules.choose(Arrays.asList(instances), NO_OTHERS, headers, this.random);
	}

	private static ServiceInstance instance(String id, String key, String value) {
		return new DefaultServiceInstance(id, "orders", "127.0.0.1", 1, false, Map.of(key, value));
	}

}
