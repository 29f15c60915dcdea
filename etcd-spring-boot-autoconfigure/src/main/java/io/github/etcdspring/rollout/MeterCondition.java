package io.github.etcdspring.rollout;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import org.jspecify.annotations.Nullable;

/**
 * The meters that a rollout names must not be above their bound.
 */
final class MeterCondition implements RolloutChecks.Condition {

	private final MeterRegistry registry;

	MeterCondition(MeterRegistry registry) {
		this.registry = registry;
	}

	@Override
	public @Nullable String violation(List<RolloutCheck> checks, Map<String, Double> baseline) {
		for (RolloutCheck check : checks) {
			String name = check.meter();
			if (name != null && measure(name, baseline) > check.max()) {
				return "the meter " + name + " is above " + check.max();
			}
		}
		return null;
	}

	private double measure(String name, Map<String, Double> baseline) {
		double count = 0;
		double value = 0;
		for (Meter meter : this.registry.find(name).meters()) {
			if (meter instanceof Counter counter) {
				count += counter.count();
			}
			else if (meter instanceof FunctionCounter counter) {
				count += counter.count();
			}
			else if (meter instanceof Gauge gauge) {
				value += gauge.value();
			}
			else if (meter instanceof Timer timer) {
				value = Math.max(value, timer.max(TimeUnit.SECONDS));
			}
			else if (meter instanceof DistributionSummary summary) {
				value = Math.max(value, summary.max());
			}
		}
		return count - baseline.merge(name, count, (first, now) -> first) + value;
	}

}
