package io.github.etcdspring.loadbalancer;

import io.micrometer.tracing.Tracer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the baggage of the current span, for clients that are not observed and do not
 * send it as headers.
 */
final class CurrentBaggage {

	private final @Nullable Tracer tracer;

	CurrentBaggage(@Nullable Tracer tracer) {
		this.tracer = tracer;
	}

	@Nullable String get(String field) {
		return (this.tracer != null && this.tracer.currentSpan() != null) ? this.tracer.getBaggage(field).get() : null;
	}

}
