package io.github.etcdspring.console;

import java.util.Locale;

import org.jspecify.annotations.Nullable;

/**
 * Text that items of a list are searched for, ignoring case.
 */
final class Search {

	private final String text;

	private Search(String text) {
		this.text = text.toLowerCase(Locale.ROOT);
	}

	static Search of(Call call) {
		return new Search(call.param("q", "").strip());
	}

	/**
	 * Return whether one of some texts contains the text.
	 * @param candidates the texts of an item
	 * @return whether the item belongs to the list
	 */
	boolean matches(@Nullable String... candidates) {
		if (this.text.isEmpty()) {
			return true;
		}
		for (String candidate : candidates) {
			if (candidate != null && candidate.toLowerCase(Locale.ROOT).contains(this.text)) {
				return true;
			}
		}
		return false;
	}

}
