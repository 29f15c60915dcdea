package io.github.etcdspring.registry;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Modifiable view of the metadata of a registration, for listeners and hooks of Spring
 * Cloud Commons. Each change replaces the immutable instance.
 */
final class RegistrationMetadata extends AbstractMap<String, String> {

	private final EtcdRegistration registration;

	RegistrationMetadata(EtcdRegistration registration) {
		this.registration = registration;
	}

	private Map<String, String> current() {
		return this.registration.getInstance().metadata();
	}

	@Override
	public @Nullable String get(Object key) {
		return current().get(key);
	}

	@Override
	public boolean containsKey(Object key) {
		return current().containsKey(key);
	}

	@Override
	public @Nullable String put(String key, String value) {
		String former = current().get(key);
		this.registration.update((instance) -> {
			Map<String, String> metadata = new HashMap<>(instance.metadata());
			metadata.put(key, value);
			return instance.withMetadata(metadata);
		});
		return former;
	}

	@Override
	public @Nullable String remove(Object key) {
		String former = current().get(key);
		this.registration.update((instance) -> {
			Map<String, String> metadata = new HashMap<>(instance.metadata());
			metadata.remove(key);
			return instance.withMetadata(metadata);
		});
		return former;
	}

	@Override
	public Set<Entry<String, String>> entrySet() {
		return new AbstractSet<>() {

			@Override
			public Iterator<Entry<String, String>> iterator() {
				Iterator<Entry<String, String>> entries = current().entrySet().iterator();
				return new Iterator<>() {

					private @Nullable String last;

					@Override
					public boolean hasNext() {
						return entries.hasNext();
					}

					@Override
					public Entry<String, String> next() {
						Entry<String, String> next = entries.next();
						this.last = next.getKey();
						return next;
					}

					@Override
					public void remove() {
						if (this.last == null) {
							throw new IllegalStateException("There is no entry to remove");
						}
						RegistrationMetadata.this.remove(this.last);
						this.last = null;
					}

				};
			}

			@Override
			public int size() {
				return current().size();
			}

		};
	}

}
