package io.github.etcdspring.config;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.options.GetOption;
import io.github.etcdspring.client.EtcdConnection;
import io.github.etcdspring.client.EtcdRequestException;

/**
 * Suggests prefixes if the imported ones have no keys: those that differ in case or in
 * the leading slash, and siblings.
 */
final class PrefixSuggestions {

	/** Limits the cost, as there may be many keys; sufficient for a hint. */
	private static final int MAX_KEYS = 1000;

	private static final int MAX_SUGGESTIONS = 5;

	private final EtcdConnection connection;

	PrefixSuggestions(EtcdConnection connection) {
		this.connection = connection;
	}

	/**
	 * Find prefixes that have keys.
	 * @param contexts the imported contexts, which have none
	 * @return the prefixes, the most similar ones only
	 * @throws InterruptedException if the thread is interrupted
	 */
	List<String> find(List<ConfigContext> contexts) throws InterruptedException {
		Set<String> wanted = new LinkedHashSet<>();
		Set<String> children = new LinkedHashSet<>();
		for (ConfigContext context : contexts) {
			String prefix = context.prefix();
			wanted.add(withoutSlash(prefix).toLowerCase(Locale.ROOT));
			String parent = prefix.substring(0, prefix.lastIndexOf('/', prefix.length() - 2) + 1);
			for (String base : Set.of("/" + withoutSlash(parent), withoutSlash(parent))) {
				// an empty prefix would match all keys of etcd
				children.addAll(children((base.length() > 1) ? base : prefixWithOtherSlash(prefix), base.length()));
			}
		}
		List<String> same = filter(children, (child) -> wanted.contains(withoutSlash(child).toLowerCase(Locale.ROOT)));
		return (!same.isEmpty()) ? same : filter(children, (child) -> true);
	}

	private static List<String> filter(Set<String> prefixes, Predicate<String> condition) {
		Stream<String> found = prefixes.stream().filter(condition);
		return found.limit(MAX_SUGGESTIONS).toList();
	}

	private static String withoutSlash(String prefix) {
		return prefix.startsWith("/") ? prefix.substring(1) : prefix;
	}

	private static String prefixWithOtherSlash(String prefix) {
		return prefix.startsWith("/") ? prefix.substring(1) : "/" + prefix;
	}

	/** Returns the prefixes with one more segment after a length. */
	private Set<String> children(String prefix, int length) throws InterruptedException {
		ByteSequence key = ByteSequence.from(prefix, StandardCharsets.UTF_8);
		GetOption option = GetOption.builder().isPrefix(true).withKeysOnly(true).withLimit(MAX_KEYS).build();
		Set<String> children = new LinkedHashSet<>();
		try {
			this.connection.call(() -> this.connection.client().getKVClient().get(key, option))
				.getKvs()
				.forEach((keyValue) -> {
					String found = keyValue.getKey().toString(StandardCharsets.UTF_8);
					int end = found.indexOf('/', Math.max(length, 1));
					if (end > 0) {
						children.add(found.substring(0, end + 1));
					}
				});
		}
		catch (EtcdRequestException ex) {
			// no hint for a user that may read only its own prefixes
		}
		return children;
	}

}
