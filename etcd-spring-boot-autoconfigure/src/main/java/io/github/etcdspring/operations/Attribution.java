package io.github.etcdspring.operations;

import org.springframework.util.Assert;

/**
 * Author and comment of a write.
 *
 * @param author who writes, not empty
 * @param comment why, possibly empty
 */
record Attribution(String author, String comment) {

	Attribution {
		Assert.hasText(author, "'author' must not be empty");
		Assert.notNull(comment, "'comment' must not be null");
		Assert.isTrue(!author.equals(HistoryEntry.OUTSIDE), "'author' must not be '" + HistoryEntry.OUTSIDE + "'");
	}

}
