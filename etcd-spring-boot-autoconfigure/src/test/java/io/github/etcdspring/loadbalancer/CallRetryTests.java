package io.github.etcdspring.loadbalancer;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;

import org.junit.jupiter.api.Test;

import org.springframework.http.HttpMethod;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link CallRetry} with three instances of the service {@code orders}.
 */
class CallRetryTests {

	private static final Exception REFUSED = new ConnectException();

	private static final Exception LOST = new IOException();

	private static final Exception TIMEOUT = new SocketTimeoutException("Read timed out");

	private final CallRetry safe = retry(false);

	private final CallRetry onRequest = retry(true);

	@Test
	void repeatsACallThatNeverReachedAnInstanceOnceForEachInstance() {
		assertThat(this.safe.isAllowed("orders", HttpMethod.POST, REFUSED, 1)).isTrue();
		assertThat(this.safe.isAllowed("orders", HttpMethod.POST, REFUSED, 2)).isTrue();
		assertThat(this.safe.isAllowed("orders", HttpMethod.POST, REFUSED, 3)).isFalse();
	}

	@Test
	void leavesServicesOfAnotherRegistry() {
		assertThat(this.onRequest.isAllowed("other", HttpMethod.GET, REFUSED, 1)).isFalse();
	}

	@Test
	void repeatsNoCallThatMayHaveBeenProcessed() {
		assertThat(this.safe.isAllowed("orders", HttpMethod.GET, LOST, 1)).isFalse();
		assertThat(this.safe.isAllowed("orders", HttpMethod.GET, TIMEOUT, 1)).isFalse();
	}

	@Test
	void repeatsIdempotentMethodsOnRequest() {
		assertThat(this.onRequest.isAllowed("orders", HttpMethod.GET, LOST, 2)).isTrue();
		assertThat(this.onRequest.isAllowed("orders", HttpMethod.POST, LOST, 1)).isFalse();
		assertThat(this.onRequest.isAllowed("orders", null, LOST, 1)).isFalse();
	}

	@Test
	void repeatsAReadTimeoutOnce() {
		assertThat(this.onRequest.isAllowed("orders", HttpMethod.GET, TIMEOUT, 1)).isTrue();
		assertThat(this.onRequest.isAllowed("orders", HttpMethod.GET, TIMEOUT, 2)).isFalse();
		assertThat(this.onRequest.isAllowed("orders", HttpMethod.POST, TIMEOUT, 1)).isFalse();
	}

	private static CallRetry retry(boolean idempotentMethods) {
		return new CallRetry((service) -> (service.equals("orders")) ? 3 : 0, idempotentMethods);
	}

}
