package io.github.etcdspring.discovery;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ServiceListenersTests {

	private final ServiceListeners listeners = new ServiceListeners();

	private final List<String> notified = new ArrayList<>();

	@Test
	void listenersOfChangedServicesAreNotified() {
		this.listeners.add("a", () -> this.notified.add("a1"));
		this.listeners.add("a", () -> this.notified.add("a2"));
		this.listeners.add("b", () -> this.notified.add("b"));
		this.listeners.notify(Set.of("a", "unknown"));
		assertThat(this.notified).containsExactly("a1", "a2");
	}

	@Test
	void removedListenerIsNotNotified() {
		Runnable removed = () -> this.notified.add("removed");
		this.listeners.add("a", removed);
		this.listeners.add("a", () -> this.notified.add("other"));
		this.listeners.remove("a", removed);
		this.listeners.notify(Set.of("a"));
		assertThat(this.notified).containsExactly("other");
	}

	@Test
	void serviceExistsAsLongAsItHasAListener() {
		Runnable listener = () -> this.notified.add("a");
		this.listeners.add("a", listener);
		assertThat(this.listeners.exist("a")).isTrue();
		assertThat(this.listeners.services()).containsExactly("a");
		this.listeners.remove("a", listener);
		assertThat(this.listeners.exist("a")).isFalse();
		assertThat(this.listeners.services()).isEmpty();
	}

	@Test
	void failingListenerDoesNotAffectOthers() {
		this.listeners.add("a", () -> {
			throw new IllegalStateException("fails on purpose");
		});
		this.listeners.add("a", () -> this.notified.add("other"));
		this.listeners.notify(Set.of("a"));
		assertThat(this.notified).containsExactly("other");
	}

}
