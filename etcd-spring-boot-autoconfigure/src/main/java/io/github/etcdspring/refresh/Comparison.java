package io.github.etcdspring.refresh;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.Environment;
import org.springframework.core.env.PropertySource;
import org.springframework.util.PlaceholderResolutionException;

/**
 * Finds what a candidate changes for the application. A key that a source of higher
 * precedence hides changes nothing; a property anywhere changes with the one that its
 * placeholder names.
 */
final class Comparison {

	private final Environment live;

	private final CandidateEnvironment candidate;

	Comparison(Environment live, CandidateEnvironment candidate) {
		this.live = live;
		this.candidate = candidate;
	}

	/**
	 * Compare a configuration with the one in force.
	 * @param inForce the configuration that the live environment stands for
	 * @param next the configuration that the candidate stands for
	 * @return what changes
	 * @throws RejectedCandidateException if placeholders name each other in a circle
	 */
	Changes between(Configuration inForce, Configuration next) throws RejectedCandidateException {
		Set<String> written = written(inForce, next);
		if (written.isEmpty()) {
			return Changes.NONE;
		}
		Changes writtenChanges = new Changes(written);
		Set<String> changed = new LinkedHashSet<>();
		for (String name : written) {
			if (!Objects.equals(value(this.live, name), candidateValue(name, new AskedNames(), null))) {
				changed.add(name);
			}
		}
		for (String name : withPlaceholders()) {
			AskedNames asked = new AskedNames();
			Object value = candidateValue(name, asked, writtenChanges);
			if (!changed.contains(name) && writtenChanges.concern(asked.names())
					&& !Objects.equals(value(this.live, name), value)) {
				changed.add(name);
			}
		}
		return new Changes(changed);
	}

	/**
	 * Names that etcd gives another value, or none, or gives a value for the first time.
	 */
	private static Set<String> written(Configuration inForce, Configuration next) {
		Set<String> names = new LinkedHashSet<>();
		Set<String> sources = new HashSet<>(inForce.values().keySet());
		sources.addAll(next.values().keySet());
		for (String source : sources) {
			names.addAll(inForce.of(source).differences(next.of(source)));
		}
		return names;
	}

	private Set<String> withPlaceholders() {
		return this.candidate.getPropertySources()
			.stream()
			.filter((source) -> !ConfigurationPropertySources.isAttachedConfigurationPropertySource(source))
			.flatMap(Comparison::withPlaceholders)
			.collect(Collectors.toCollection(LinkedHashSet::new));
	}

	private static Stream<String> withPlaceholders(PropertySource<?> source) {
		if (!(source instanceof EnumerablePropertySource<?> enumerable)) {
			return Stream.empty();
		}
		return Stream.of(enumerable.getPropertyNames())
			.filter((name) -> enumerable.getProperty(name) instanceof CharSequence text
					&& text.toString().contains("${"))
			.map((name) -> References.written(name, source));
	}

	/**
	 * A circle is an error of this candidate only if the candidate has to do with it.
	 */
	private @Nullable Object candidateValue(String name, AskedNames asked, @Nullable Changes relevant)
			throws RejectedCandidateException {
		try {
			return asked
				.during(() -> this.candidate.during(() -> text(this.candidate.getProperty(name, Object.class))));
		}
		catch (PlaceholderResolutionException ex) {
			if (CircularPlaceholders.isOne(ex) && (relevant == null || relevant.concern(asked.names()))) {
				throw CircularPlaceholders.found(this.candidate, name);
			}
			return new Unresolved(ex.getPlaceholder());
		}
		catch (IllegalArgumentException ex) {
			return new Unresolved(name);
		}
	}

	private static @Nullable Object value(Environment environment, String name) {
		try {
			return text(environment.getProperty(name, Object.class));
		}
		catch (PlaceholderResolutionException ex) {
			return new Unresolved(ex.getPlaceholder());
		}
		catch (IllegalArgumentException ex) {
			return new Unresolved(name);
		}
	}

	/** The number of a document and the text of a single key may be the same value. */
	private static @Nullable Object text(@Nullable Object value) {
		return (value != null) ? value.toString() : null;
	}

	private record Unresolved(String placeholder) {

	}

}
