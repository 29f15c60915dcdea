package io.github.etcdspring.mirror;

import java.util.List;
import java.util.Map;

import io.etcd.jetcd.KeyValue;

/**
 * The entries of ranges that were put after a revision. The number of all entries of a
 * range shows whether others were deleted.
 *
 * @param entries the entries that were put and still exist
 * @param counts the number of all entries by range
 */
record UpdatedEntries(List<KeyValue> entries, Map<KeyRange, Long> counts) {

	static final UpdatedEntries NONE = new UpdatedEntries(List.of(), Map.of());

}
