package io.github.etcdspring.console;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

import io.github.etcdspring.operations.EtcdInstanceOperations;
import jakarta.servlet.ServletException;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpMethod;
import org.springframework.util.Assert;

/**
 * Takes instances out of service and changes their weights.
 */
final class OverridesApi implements Api {

	private static final String PATH = "overrides";

	private static final long MAX_MINUTES = Duration.ofDays(30).toMinutes();

	private final EtcdInstanceOperations operations;

	OverridesApi(EtcdInstanceOperations operations) {
		this.operations = operations;
	}

	@Override
	public void addTo(Routes routes) {
		routes.add(HttpMethod.PUT, PATH, Role.OPERATOR, this::put);
		routes.add(HttpMethod.DELETE, PATH, Role.OPERATOR, this::clear);
	}

	private OverrideItem put(Call call) throws ServletException, IOException {
		OverrideRequest override = call.body(OverrideRequest.class);
		Assert.isTrue(override.minutes() >= 1 && override.minutes() <= MAX_MINUTES,
				"'minutes' must be between 1 and " + MAX_MINUTES);
		String reason = Objects.requireNonNullElse(override.reason(), "");
		Instant until = Instant.now().plus(Duration.ofMinutes(override.minutes()));
		String service = call.requiredParam("service");
		String id = call.requiredParam("instance");
		String type = Objects.requireNonNullElse(override.type(), "");
		return OverrideItem.of(switch (type) {
			case "OUT_OF_SERVICE" -> this.operations.takeOutOfService(service, id, call.user().name(), reason, until);
			case "WEIGHT" -> this.operations.changeWeight(service, id, Objects.requireNonNullElse(override.weight(), 0),
					call.user().name(), reason, until);
			default -> throw new IllegalArgumentException("'type' must be OUT_OF_SERVICE or WEIGHT");
		});
	}

	private @Nullable Object clear(Call call) {
		this.operations.clear(call.requiredParam("service"), call.requiredParam("instance"));
		return null;
	}

	/**
	 * Request to override an instance.
	 *
	 * @param type {@code OUT_OF_SERVICE} or {@code WEIGHT}
	 * @param weight the weight
	 * @param reason why
	 * @param minutes how long
	 */
	record OverrideRequest(@Nullable String type, @Nullable Integer weight, @Nullable String reason, long minutes) {

	}

}
