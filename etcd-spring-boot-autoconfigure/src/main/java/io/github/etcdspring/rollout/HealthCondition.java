package io.github.etcdspring.rollout;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.health.actuate.endpoint.HealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.boot.health.contributor.Status;

/**
 * The health of the application, and the groups that a rollout names, must not be down.
 */
final class HealthCondition implements RolloutChecks.Condition {

	private static final Set<Status> BAD = Set.of(Status.DOWN, Status.OUT_OF_SERVICE);

	private final HealthEndpoint health;

	HealthCondition(HealthEndpoint health) {
		this.health = health;
	}

	@Override
	public @Nullable String violation(List<RolloutCheck> checks, Map<String, Double> baseline) {
		List<String> groups = new ArrayList<>();
		checks.stream().map(RolloutCheck::healthGroup).forEach((group) -> {
			if (group != null) {
				groups.add(group);
			}
		});
		if (isBad(this.health.health())) {
			return "the health is down";
		}
		for (String group : groups) {
			HealthDescriptor found = this.health.healthForPath(group);
			if (found == null) {
				return "there is no health group " + group;
			}
			if (isBad(found)) {
				return "the health group " + group + " is down";
			}
		}
		return null;
	}

	private static boolean isBad(HealthDescriptor health) {
		return BAD.contains(health.getStatus());
	}

}
