package io.github.etcdspring.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.github.etcdspring.rollout.RolloutStep;
import io.github.etcdspring.rollout.RolloutTarget;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Converts steps of a rollout such as {@code 10%:5m}, {@code zone=a:10m},
 * {@code version=1.4.0:10m} or {@code instance=orders-1:5m}.
 */
final class RolloutStepConverter implements ITypeConverter<RolloutStep> {

	private static final Pattern STEP = Pattern.compile("(?:(\\d{1,3})%|(zone|version|instance)=(.+)):([^:]+)");

	@Override
	public RolloutStep convert(String value) {
		Matcher step = STEP.matcher(value);
		if (!step.matches()) {
			throw invalid(value);
		}
		try {
			Duration watch = new DurationConverter().convert(step.group(4));
			return new RolloutStep(target(step), watch);
		}
		catch (IllegalArgumentException ex) {
			throw invalid(value);
		}
	}

	private static RolloutTarget target(Matcher step) {
		if (step.group(1) != null) {
			return RolloutTarget.share(Integer.parseInt(step.group(1)));
		}
		String name = step.group(3);
		return switch (step.group(2)) {
			case "zone" -> RolloutTarget.zone(name);
			case "version" -> RolloutTarget.version(name);
			default -> RolloutTarget.instances(name);
		};
	}

	private static TypeConversionException invalid(String value) {
		return new TypeConversionException(
				"'" + value + "' is not a step such as 10%:5m, zone=a:10m, version=1.4.0:10m or instance=orders-1:5m");
	}

}
