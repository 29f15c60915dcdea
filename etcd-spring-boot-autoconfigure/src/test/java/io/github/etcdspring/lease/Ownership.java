package io.github.etcdspring.lease;

import java.time.Duration;

import io.etcd.jetcd.KeyValue;
import io.github.etcdspring.client.TestConnection;
import org.jspecify.annotations.Nullable;

import static org.awaitility.Awaitility.await;

/**
 * Assertions on which session holds a key.
 */
final class Ownership {

	private Ownership() {
	}

	static void awaitOwn(TestConnection store, String key, LeaseSession session, String value, int seconds) {
		await().atMost(Duration.ofSeconds(seconds))
			.pollInterval(Duration.ofMillis(20))
			.until(() -> isOwn(store.find(key), session, value));
	}

	static boolean isOwn(@Nullable KeyValue found, LeaseSession session, String value) {
		return found != null && found.getLease() == session.status().lease()
				&& found.getValue().toString().equals(value);
	}

}
