package io.github.etcdspring.mirror;

import java.util.List;

import io.etcd.jetcd.KeyValue;

/**
 * Entries of some ranges that were put after a revision. The number of all entries tells
 * whether others were deleted.
 *
 * @param revision revision of the store at which the ranges were read
 * @param entries the entries that were put and exist
 * @param count the number of all entries in the ranges
 */
record PutEntries(long revision, List<KeyValue> entries, long count) {

}
