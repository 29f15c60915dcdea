package io.github.etcdspring.discovery;

import java.time.Instant;

/**
 * A catalog and its age.
 *
 * @param catalog the catalog
 * @param revision the revision of etcd that it reflects
 * @param asOf the last time at which it was known to be current
 */
record CatalogState(Catalog catalog, long revision, Instant asOf) {

}
