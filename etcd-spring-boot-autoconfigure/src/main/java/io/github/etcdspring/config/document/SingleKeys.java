package io.github.etcdspring.config.document;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.github.etcdspring.refresh.RejectedCandidateException;

/**
 * The keys of a context that each hold one property. Which of two keys wins that hold the
 * same property nobody could tell, so there may be only one.
 */
final class SingleKeys {

	private final List<NamedProperty> properties = new ArrayList<>();

	private final Map<Object, NamedProperty> byIdentity = new HashMap<>();

	/**
	 * Add a key.
	 * @param parts its property
	 * @throws RejectedCandidateException if another key holds the same property
	 */
	void add(List<List<NamedProperty>> parts) throws RejectedCandidateException {
		for (List<NamedProperty> part : parts) {
			for (NamedProperty property : part) {
				NamedProperty other = this.byIdentity.putIfAbsent(property.identity(), property);
				if (other != null) {
					throw new RejectedCandidateException(property.key(), property.name()
							+ " is the same property as that of " + other.key() + "; delete one of the keys");
				}
				this.properties.add(property);
			}
		}
	}

	List<NamedProperty> properties() {
		return this.properties;
	}

}
