package io.github.etcdspring.mirror;

import java.util.List;

import io.etcd.jetcd.KeyValue;

/**
 * The entries of ranges that were put after a revision. The number of all entries shows
 * whether others were deleted.
 *
 * @param revision revision of the store at which the ranges were read
 * @param entries the entries that were put and still exist
 * @param count the number of all entries in the ranges
 */
record UpdatedEntries(long revision, List<KeyValue> entries, long count) {

}
