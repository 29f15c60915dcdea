package io.github.etcdspring.mirror;

import java.time.Instant;

import io.github.etcdspring.client.EtcdProblem;
import org.jspecify.annotations.Nullable;

/**
 * Whether a {@link Mirror} is up to date.
 *
 * @param synced whether the watch is open and all changes have been processed
 * @param since time of the last change of {@code synced}
 * @param problem why the mirror is not synced, or which ranges are forbidden;
 * {@code null} if there is no problem
 */
public record MirrorStatus(boolean synced, Instant since, @Nullable EtcdProblem problem) {

}
