package io.github.etcdspring.config;

import java.util.List;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanCreationException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.util.PlaceholderResolutionException;

/**
 * Says where in etcd a missing property was looked for, or that nothing is imported from
 * there.
 */
final class MissingPropertyFailureAnalyzer extends AbstractFailureAnalyzer<PlaceholderResolutionException> {

	private final Environment environment;

	MissingPropertyFailureAnalyzer(Environment environment) {
		this.environment = environment;
	}

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, PlaceholderResolutionException cause) {
		if (Circles.isOne(cause) || !(this.environment instanceof ConfigurableEnvironment configurable)
				|| !configurable.getProperty("spring.cloud.etcd.enabled", Boolean.class, true)) {
			return null;
		}
		String name = cause.getPlaceholder();
		List<EtcdPropertySource> sources = configurable.getPropertySources()
			.stream()
			.filter(EtcdPropertySource.class::isInstance)
			.map(EtcdPropertySource.class::cast)
			.toList();
		for (EtcdPropertySource source : sources) {
			EtcdKeyOrigin key = namedIn(source, name);
			if (key != null) {
				// its name is part of the value
				return InvalidConfigImportFailureAnalyzer.analysis("The configuration in etcd cannot be used: " + key
						+ ": has a placeholder that cannot be resolved", key, cause);
			}
		}
		String missing = "The property '" + name + "' is missing" + neededBy(rootFailure);
		if (sources.isEmpty()) {
			return new FailureAnalysis(missing + ", and nothing is imported from etcd.",
					"Set it. If etcd holds it, import it:\n\n    spring.config.import=etcd:", cause);
		}
		return new FailureAnalysis(
				missing + ". Among other places it was looked for under these prefixes in etcd:\n\n"
						+ sources.stream()
							.map((source) -> "    " + source.context().prefix() + " ("
									+ source.getPropertyNames().length + " properties)")
							.collect(Collectors.joining("\n")),
				"Set it, for example in etcd:\n\n    etcdctl put '" + prefix(sources) + name.replace('.', '/')
						+ "' '<value>'",
				cause);
	}

	private static @Nullable EtcdKeyOrigin namedIn(EtcdPropertySource source, String name) {
		for (String property : source.getPropertyNames()) {
			if (String.valueOf(source.getProperty(property)).contains("${" + name)) {
				return Rejection.key(source.getOrigin(property));
			}
		}
		return null;
	}

	/** That of the application itself, not of a profile. */
	private static String prefix(List<EtcdPropertySource> sources) {
		return sources.stream()
			.map((source) -> source.context().prefix())
			.filter((prefix) -> prefix.indexOf(',') < 0)
			.findFirst()
			.orElse(sources.get(0).context().prefix());
	}

	private static String neededBy(Throwable failure) {
		String bean = null;
		for (Throwable current = failure; current != null; current = current.getCause()) {
			if (current instanceof BeanCreationException creation && creation.getBeanName() != null) {
				bean = creation.getBeanName();
			}
		}
		return (bean != null) ? ", which the bean '" + bean + "' needs" : "";
	}

}
