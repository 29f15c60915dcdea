package io.github.etcdspring.operations;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import org.jspecify.annotations.Nullable;

/**
 * Limits the values in the entries of a transaction, so that the history never makes a
 * write too large for etcd. Values beyond it are recorded as hashes. Not thread-safe.
 */
final class ValueBudget {

	/** Two thirds of what etcd accepts by default; the rest is for keys. */
	static final long MAX_BYTES = 1024 * 1024;

	private long left;

	/**
	 * Create a budget.
	 * @param written size of the written values in bytes
	 */
	ValueBudget(long written) {
		this.left = MAX_BYTES - written;
	}

	/**
	 * Return a value as it is recorded.
	 * @param value the value, {@code null} if there is none
	 * @return the value, or only its hash
	 */
	@Nullable ConfigValue fit(@Nullable ConfigValue value) {
		ConfigValue recorded = (value != null) ? value.withoutSecret() : null;
		if (recorded == null || recorded.text() == null) {
			return recorded;
		}
		int size = JsonStringEncoder.getInstance().quoteAsUTF8(recorded.text()).length;
		if (size > this.left) {
			return recorded.withoutText();
		}
		this.left -= size;
		return recorded;
	}

}
