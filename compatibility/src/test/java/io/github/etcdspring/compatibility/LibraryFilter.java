package io.github.etcdspring.compatibility;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.autoconfigure.AutoConfigurationImportFilter;
import org.springframework.boot.autoconfigure.AutoConfigurationMetadata;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.env.Environment;

/**
 * Limits the auto-configuration of intrusive libraries to applications that list them in
 * the property {@code libraries}.
 */
final class LibraryFilter implements AutoConfigurationImportFilter, EnvironmentAware {

	private static final Pattern LIBRARY = Pattern.compile(
			"\\.(batch|circuitbreaker|data|gateway|hibernate|jdbc|kafka|modulith|prometheus|quartz|resilience4j|security|thymeleaf|tracing)\\.");

	private Set<String> libraries = Set.of();

	@Override
	public void setEnvironment(Environment environment) {
		this.libraries = Set.of(environment.getProperty("libraries", String[].class, new String[0]));
	}

	@Override
	public boolean[] match(@Nullable String[] autoConfigurationClasses, AutoConfigurationMetadata metadata) {
		boolean[] matches = new boolean[autoConfigurationClasses.length];
		for (int i = 0; i < matches.length; i++) {
			matches[i] = matches(autoConfigurationClasses[i]);
		}
		return matches;
	}

	private boolean matches(@Nullable String autoConfiguration) {
		if (autoConfiguration == null) {
			return false;
		}
		Matcher library = LIBRARY.matcher(autoConfiguration);
		return !library.find() || this.libraries.contains(library.group(1));
	}

}
