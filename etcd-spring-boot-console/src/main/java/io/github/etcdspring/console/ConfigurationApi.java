package io.github.etcdspring.console;

import java.util.Collection;
import java.util.List;

import io.github.etcdspring.config.document.ConfigParser;
import io.github.etcdspring.operations.ConfigEntry;
import io.github.etcdspring.operations.EtcdConfigOperations;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpMethod;

/**
 * Keys of the configuration.
 */
final class ConfigurationApi implements Api {

	private final ContentMirror mirror;

	private final ConsoleKeys keys;

	private final EtcdConfigOperations operations;

	ConfigurationApi(ContentMirror mirror, ConsoleKeys keys, EtcdConfigOperations operations) {
		this.mirror = mirror;
		this.keys = keys;
		this.operations = operations;
	}

	@Override
	public void addTo(Routes routes) {
		routes.add(HttpMethod.GET, "applications", Role.VIEWER, this::applications);
		routes.add(HttpMethod.GET, "configuration", Role.VIEWER, this::configuration);
		routes.add(HttpMethod.GET, "key", Role.VIEWER, this::key);
	}

	private Page<Application> applications(Call call) throws InterruptedException {
		Groups<ConfigKey> configuration = this.mirror.content(Topic.CONFIGURATION).configuration();
		Search search = Search.of(call);
		List<String> names = configuration.names().stream().filter(search::matches).toList();
		return call.page(names, 50, (name) -> new Application(name, configuration.of(name).size()));
	}

	private ConfigPage configuration(Call call) throws InterruptedException {
		Content content = this.mirror.content(Topic.CONFIGURATION);
		String application = call.param("application", "");
		Search search = Search.of(call);
		Collection<ConfigKey> all = (application.isEmpty()) ? content.configuration().all()
				: content.configuration().of(application).values();
		boolean hidden = call.hidesValues();
		List<ConfigKey> found = all.stream()
			.filter((entry) -> search.matches(entry.key(), (hidden) ? null : entry.value()))
			.toList();
		Page<ConfigItem> page = call.page(found, 100, (entry) -> item(entry, hidden));
		return new ConfigPage(page.total(), page.page(), page.size(), content.revision(Topic.CONFIGURATION), hidden,
				page.items());
	}

	private ConfigItem item(ConfigKey entry, boolean hidden) {
		String path = entry.key().substring(this.keys.config().length());
		return new ConfigItem(entry.key(), (hidden) ? null : entry.value(), entry.revision(),
				ConfigParser.isDocument(entry.key()), ConfigParser.propertyName(path.substring(path.indexOf('/') + 1)));
	}

	private KeyContent key(Call call) {
		String key = this.keys.requireKey(call.requiredParam("key"));
		boolean hidden = call.hidesValues();
		ConfigEntry entry = this.operations.find(key);
		List<Version> versions = this.operations.history(key)
			.stream()
			.map((version) -> new Version(version.revision(), (hidden) ? null : version.value(),
					version.value() == null))
			.toList();
		return (entry != null)
				? new KeyContent(key, (hidden) ? null : entry.value(), entry.revision(), versions, hidden)
				: new KeyContent(key, null, 0, versions, hidden);
	}

	/**
	 * A context below the prefix.
	 *
	 * @param name name of the context
	 * @param keys number of its keys
	 */
	private record Application(String name, int keys) {

	}

	/**
	 * A page of keys.
	 *
	 * @param total number of items of all pages
	 * @param page number of this page
	 * @param size maximum number of items of a page
	 * @param revision revision of the last change of the configuration
	 * @param valuesHidden whether the user sees no values
	 * @param items the items of this page
	 */
	private record ConfigPage(int total, int page, int size, long revision, boolean valuesHidden,
			List<ConfigItem> items) {

	}

	/**
	 * A key.
	 *
	 * @param key the key
	 * @param value its value, {@code null} if it is hidden
	 * @param revision revision of its last put
	 * @param document whether the value is a document
	 * @param property name of the property, {@code null} if the value is a document
	 */
	private record ConfigItem(String key, @Nullable String value, long revision, boolean document,
			@Nullable String property) {

	}

	/**
	 * A key with its versions.
	 *
	 * @param key the key
	 * @param value its value, {@code null} if it is hidden or the key does not exist
	 * @param revision revision of its last put, 0 if the key does not exist
	 * @param versions its versions, newest first
	 * @param valuesHidden whether the user sees no values
	 */
	private record KeyContent(String key, @Nullable String value, long revision, List<Version> versions,
			boolean valuesHidden) {

	}

	/**
	 * A version of a key.
	 *
	 * @param revision its revision
	 * @param value the value, {@code null} if it is hidden or the key was deleted
	 * @param deleted whether the key was deleted
	 */
	private record Version(long revision, @Nullable String value, boolean deleted) {

	}

}
