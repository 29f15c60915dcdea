package io.github.etcdspring.cli;

import java.time.Duration;
import java.time.temporal.ChronoUnit;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import org.springframework.boot.convert.DurationStyle;

/**
 * Converts durations such as {@code 30s}, {@code 2m} or {@code 30}, which are seconds.
 */
final class DurationConverter implements ITypeConverter<Duration> {

	@Override
	public Duration convert(String value) {
		try {
			Duration duration = DurationStyle.detectAndParse(value, ChronoUnit.SECONDS);
			if (!duration.isZero() && !duration.isNegative()) {
				return duration;
			}
		}
		catch (IllegalArgumentException ex) {
			throw new TypeConversionException("'" + value + "' is not a duration such as 30s or 2m");
		}
		throw new TypeConversionException("must be greater than zero");
	}

}
