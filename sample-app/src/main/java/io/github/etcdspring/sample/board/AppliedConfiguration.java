package io.github.etcdspring.sample.board;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.refresh.Configuration;
import io.github.etcdspring.refresh.Configuration.Property;
import io.github.etcdspring.refresh.Configuration.Values;
import io.github.etcdspring.refresh.ConfigurationStatus;
import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.LiveConfiguration;
import org.jspecify.annotations.Nullable;

import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Component;

/**
 * The configuration from etcd that the shop has applied, and the reason of a rejected
 * change. Without values, which may be secrets, as the board requires no login.
 */
@Component
@Profile("consumer")
final class AppliedConfiguration {

	/** Keeps the page readable. */
	private static final int MAX_ROWS = 200;

	private final LiveConfiguration store;

	private final ConfigRefresh refresh;

	AppliedConfiguration(LiveConfiguration store, ConfigRefresh refresh) {
		this.store = store;
		this.refresh = refresh;
	}

	View view() {
		ConfigurationStatus status = this.refresh.status();
		List<Row> rows = new ArrayList<>();
		Set<String> known = new HashSet<>();
		Configuration current = this.store.current();
		List<String> sources = new ArrayList<>(this.store.sources());
		Collections.reverse(sources);
		for (String source : sources) {
			Values values = current.of(source);
			for (String name : new TreeSet<>(List.of(values.names()))) {
				Property property = values.get(name);
				if (rows.size() < MAX_ROWS && property != null && property.origin() instanceof KeyOrigin origin) {
					rows.add(row(source, name, origin, !known.add(name)));
				}
			}
		}
		return new View(status.appliedRevision(), status.rejected(), rows);
	}

	private static Row row(String source, String name, KeyOrigin origin, boolean hidden) {
		String location = (origin.location() != null) ? origin.location().toString() : null;
		return new Row(name, origin.key(), origin.revision(), source, location, hidden);
	}

	/**
	 * Content of the topic.
	 *
	 * @param revision revision of etcd that is applied
	 * @param rejected the rejected change, {@code null} if there is none
	 * @param rows the properties, in order of precedence
	 */
	record View(long revision, ConfigurationStatus.@Nullable Rejected rejected, List<Row> rows) {

	}

	/**
	 * A property, without its value.
	 *
	 * @param name its name
	 * @param key its key in etcd
	 * @param revision revision of the last put of the key
	 * @param origin the property source
	 * @param location line and column in a document, {@code null} for a single key
	 * @param hidden whether a source with higher precedence overrides it
	 */
	record Row(String name, String key, long revision, String origin, @Nullable String location, boolean hidden) {

	}

}
