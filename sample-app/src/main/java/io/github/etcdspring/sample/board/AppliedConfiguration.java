package io.github.etcdspring.sample.board;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import io.github.etcdspring.refresh.ConfigProperty;
import io.github.etcdspring.refresh.ConfigRefresh;
import io.github.etcdspring.refresh.ConfigValues;
import io.github.etcdspring.refresh.Configuration;
import io.github.etcdspring.refresh.ConfigurationStatus;
import io.github.etcdspring.refresh.KeyOrigin;
import io.github.etcdspring.refresh.LiveConfiguration;
import org.jspecify.annotations.Nullable;

import org.springframework.context.annotation.Profile;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.PropertySource;
import org.springframework.stereotype.Component;

/**
 * The configuration from etcd that the shop uses, and why it does not use a newer one.
 */
@Component
@Profile("consumer")
final class AppliedConfiguration {

	/** A board is for reading. */
	private static final int MAX_ROWS = 200;

	private final LiveConfiguration store;

	private final ConfigRefresh refresh;

	private final ConfigurableEnvironment environment;

	private final BoardProperties board;

	private final EditableKeys keys;

	AppliedConfiguration(LiveConfiguration store, ConfigRefresh refresh, ConfigurableEnvironment environment,
			BoardProperties board, EditableKeys keys) {
		this.store = store;
		this.refresh = refresh;
		this.environment = environment;
		this.board = board;
		this.keys = keys;
	}

	View view() {
		ConfigurationStatus status = this.refresh.status();
		List<Row> rows = new ArrayList<>();
		Set<String> known = new HashSet<>();
		Configuration current = this.store.current();
		List<String> sources = new ArrayList<>(this.store.sources());
		Collections.reverse(sources);
		for (String source : sources) {
			ConfigValues values = current.of(source);
			for (String name : new TreeSet<>(List.of(values.names()))) {
				ConfigProperty property = values.get(name);
				if (rows.size() < MAX_ROWS && property != null && property.origin() instanceof KeyOrigin origin) {
					rows.add(row(source, name, origin, !known.add(name)));
				}
			}
		}
		return new View(status.appliedRevision(), status.rejected(),
				(this.board.editing()) ? new Editing(this.keys.prefix(), this.keys.callsPerSecond()) : null, rows);
	}

	private Row row(String source, String name, KeyOrigin origin, boolean hidden) {
		String location = (origin.location() != null) ? origin.location().toString() : null;
		return new Row(name, origin.key(), origin.revision(), source, location, hidden,
				(this.board.editing()) ? value(source, name) : null);
	}

	private @Nullable String value(String source, String name) {
		PropertySource<?> values = this.environment.getPropertySources().get(source);
		Object value = (values != null) ? values.getProperty(name) : null;
		return (value != null) ? value.toString() : null;
	}

	/**
	 * What the page shows.
	 *
	 * @param revision revision of etcd that is in force
	 * @param rejected what is not, and why, {@code null} if nothing was rejected since
	 * @param editing what may be changed, {@code null} if values are neither shown nor
	 * changed
	 * @param rows the properties, those that win first
	 */
	record View(long revision, ConfigurationStatus.@Nullable Rejected rejected, @Nullable Editing editing,
			List<Row> rows) {

	}

	/**
	 * What may be changed.
	 *
	 * @param prefix what the keys begin with
	 * @param callsPerSecond the one to begin with
	 */
	record Editing(String prefix, String callsPerSecond) {

	}

	/**
	 * A property.
	 *
	 * @param name its name
	 * @param key the key in etcd that it comes from
	 * @param revision revision at which that was last put
	 * @param origin the property source
	 * @param location line and column within a document, {@code null} if it is none
	 * @param hidden whether a source that wins has it, too
	 * @param value its value, {@code null} if that is nothing for the board
	 */
	record Row(String name, String key, long revision, String origin, @Nullable String location, boolean hidden,
			@Nullable String value) {

	}

}
