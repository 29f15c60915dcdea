package io.github.etcdspring.config.document;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

import io.github.etcdspring.refresh.RejectedConfigurationException;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.cloud.CloudPlatform;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.core.env.Profiles;

/**
 * Evaluates the conditions {@code spring.config.activate.*} of a document.
 *
 * @param activeProfile whether a profile is active
 * @param platform the cloud platform of the application, {@code null} if none is detected
 */
record Activation(Predicate<String> activeProfile, @Nullable CloudPlatform platform) {

	private static final ConfigurationPropertyName ROOT = ConfigurationPropertyName.of("spring.config.activate");

	private static final ConfigurationPropertyName ON_PROFILE = ROOT.append("on-profile");

	private static final ConfigurationPropertyName ON_CLOUD_PLATFORM = ROOT.append("on-cloud-platform");

	/**
	 * Far above any real expression, and far below the limit of the recursive parser.
	 */
	private static final int MAX_EXPRESSION_LENGTH = 1000;

	/**
	 * Return the properties of a document if it is active.
	 * @param document all properties of the document
	 * @return the properties without conditions, {@code null} if the document is inactive
	 * @throws RejectedConfigurationException if a condition is invalid or not supported
	 */
	@Nullable List<NamedProperty> apply(List<NamedProperty> document) throws RejectedConfigurationException {
		List<NamedProperty> conditions = document.stream().filter((property) -> property.isWithin(ROOT)).toList();
		if (conditions.isEmpty()) {
			return document;
		}
		for (NamedProperty condition : conditions) {
			if (!condition.isWithin(ON_PROFILE) && !condition.isWithin(ON_CLOUD_PLATFORM)) {
				throw invalid(condition, "only the conditions spring.config.activate.on-profile and .on-cloud-platform"
						+ " are supported in etcd");
			}
		}
		if (!isActiveProfile(conditions) || !isActivePlatform(conditions)) {
			return null;
		}
		return document.stream().filter((property) -> !property.isWithin(ROOT)).toList();
	}

	/**
	 * Whether a property is a condition, which is supported only in documents.
	 * @param property the property
	 * @return {@code true} if it is a condition
	 */
	static boolean isCondition(NamedProperty property) {
		return property.isWithin(ROOT);
	}

	private boolean isActivePlatform(List<NamedProperty> conditions) throws RejectedConfigurationException {
		try {
			return binder(conditions).bind(ON_CLOUD_PLATFORM, Bindable.of(CloudPlatform.class))
				.map((platform) -> platform == this.platform)
				.orElse(true);
		}
		catch (RuntimeException ex) {
			// the message may quote the document
			throw invalid(conditions.get(0), "spring.config.activate.on-cloud-platform must be one of "
					+ Arrays.toString(CloudPlatform.values()).toLowerCase(Locale.ROOT).replace('_', '-'));
		}
	}

	private static Binder binder(List<NamedProperty> conditions) {
		Map<String, Object> values = new LinkedHashMap<>();
		conditions.forEach((condition) -> values.put(condition.name(), condition.property().value()));
		return new Binder(new MapConfigurationPropertySource(values));
	}

	private boolean isActiveProfile(List<NamedProperty> conditions) throws RejectedConfigurationException {
		try {
			String[] expressions = binder(conditions).bind(ON_PROFILE, Bindable.of(String[].class))
				.orElseGet(() -> new String[0]);
			for (String expression : expressions) {
				if (expression.length() > MAX_EXPRESSION_LENGTH || expression.contains("${")) {
					throw new IllegalArgumentException("Invalid profile expression");
				}
			}
			return expressions.length == 0 || Profiles.of(expressions).matches(this.activeProfile);
		}
		catch (RuntimeException ex) {
			// the message may quote the document
			throw invalid(conditions.get(0),
					"spring.config.activate.on-profile is not a valid profile expression such as 'prod & !eu'");
		}
	}

	private static RejectedConfigurationException invalid(NamedProperty condition, String reason) {
		return new RejectedConfigurationException(condition.key(), reason);
	}

}
