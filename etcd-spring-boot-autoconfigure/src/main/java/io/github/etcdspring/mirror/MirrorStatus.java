package io.github.etcdspring.mirror;

import java.time.Instant;

import io.github.etcdspring.client.EtcdProblem;
import org.jspecify.annotations.Nullable;

/**
 * Whether a {@link Mirror} is up to date.
 *
 * @param synced whether the watch is open, so that changes arrive as they happen
 * @param since when that began to be so, or stopped
 * @param problem why it is not synced, or which ranges may not be read; {@code null} if
 * neither
 */
public record MirrorStatus(boolean synced, Instant since, @Nullable EtcdProblem problem) {

}
