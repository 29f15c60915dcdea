package io.github.etcdspring.refresh;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * A configuration that etcd holds and the application does not use.
 *
 * @param revision revision of etcd at which it was read last
 * @param key the key that is at fault, {@code null} if that is not known
 * @param reason what is wrong with it, without any value
 * @param since when the application ceased to follow
 * @since 0.1.0
 */
public record RejectedConfiguration(long revision, @Nullable String key, String reason, Instant since) {

}
