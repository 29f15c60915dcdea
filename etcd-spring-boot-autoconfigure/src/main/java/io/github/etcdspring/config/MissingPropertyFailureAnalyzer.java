package io.github.etcdspring.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

import io.github.etcdspring.client.Causes;
import io.github.etcdspring.config.document.ConfigParser;
import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.RejectedConfigurationException;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanCreationException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.origin.OriginLookup;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.Environment;
import org.springframework.core.env.PropertySource;
import org.springframework.util.PlaceholderResolutionException;

/**
 * Analyzes missing properties: names the prefixes in etcd that were searched, or that
 * nothing is imported from etcd.
 */
final class MissingPropertyFailureAnalyzer extends AbstractFailureAnalyzer<PlaceholderResolutionException> {

	private static final String SOURCE_PREFIX = ConfigParser.sourceName("");

	private final Environment environment;

	MissingPropertyFailureAnalyzer(Environment environment) {
		this.environment = environment;
	}

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, PlaceholderResolutionException cause) {
		if (isCircular(cause) || !(this.environment instanceof ConfigurableEnvironment configurable)
				|| !configurable.getProperty("spring.cloud.etcd.enabled", Boolean.class, true)) {
			return null;
		}
		String name = cause.getPlaceholder();
		List<EnumerablePropertySource<?>> sources = new ArrayList<>();
		for (PropertySource<?> source : configurable.getPropertySources()) {
			if (source.getName().startsWith(SOURCE_PREFIX) && source instanceof EnumerablePropertySource<?> imported) {
				sources.add(imported);
			}
		}
		for (EnumerablePropertySource<?> source : sources) {
			KeyOrigin key = findReference(source, name);
			if (key != null) {
				// the name of the property is part of the value
				return InvalidConfigurationFailureAnalyzer.analysis(
						new RejectedConfigurationException(key, "has a placeholder that cannot be resolved"), cause);
			}
		}
		String missing = "The property '" + name + "' is missing" + requiredBy(rootFailure);
		if (sources.isEmpty()) {
			return new FailureAnalysis(missing + ", and nothing is imported from etcd.",
					"Set the property. If it is in etcd, import it:\n\n    spring.config.import=etcd:", cause);
		}
		return new FailureAnalysis(
				missing + ". These prefixes in etcd were searched, among others:\n\n" + sources.stream()
					.map((source) -> "    " + prefix(source) + " (" + source.getPropertyNames().length + " properties)")
					.collect(Collectors.joining("\n")),
				"Set the property, for example in etcd:\n\n    etcdctl put '" + prefix(sources) + name.replace('.', '/')
						+ "' '<value>'",
				cause);
	}

	private static String prefix(PropertySource<?> source) {
		return source.getName().substring(SOURCE_PREFIX.length());
	}

	private static @Nullable KeyOrigin findReference(EnumerablePropertySource<?> source, String name) {
		for (String property : source.getPropertyNames()) {
			if (String.valueOf(source.getProperty(property)).contains("${" + name)) {
				return KeyOrigin.of(OriginLookup.getOrigin(source, property));
			}
		}
		return null;
	}

	private static boolean isCircular(PlaceholderResolutionException failure) {
		return failure.getMessage() != null && failure.getMessage().startsWith("Circular");
	}

	/** The prefix of the application itself, not of a profile. */
	private static String prefix(List<EnumerablePropertySource<?>> sources) {
		return sources.stream()
			.map(MissingPropertyFailureAnalyzer::prefix)
			.filter((prefix) -> prefix.indexOf(',') < 0)
			.findFirst()
			.orElse(prefix(sources.get(0)));
	}

	private static String requiredBy(Throwable failure) {
		return Causes.of(failure)
			.map((cause) -> (cause instanceof BeanCreationException creation) ? creation.getBeanName() : null)
			.filter(Objects::nonNull)
			.reduce((outer, inner) -> inner)
			.map((bean) -> ", which bean '" + bean + "' requires")
			.orElse("");
	}

}
