package io.github.etcdspring.client;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class NettyEventsTests {

	private static final String ENABLED = "io.netty.jfr.enabled";

	private @Nullable String former;

	@BeforeEach
	void clear() {
		this.former = System.clearProperty(ENABLED);
	}

	@AfterEach
	void restore() {
		if (this.former != null) {
			System.setProperty(ENABLED, this.former);
		}
		else {
			System.clearProperty(ENABLED);
		}
	}

	@Test
	void areDisabledByDefault() {
		NettyEvents.disableUnless(() -> false);
		assertThat(System.getProperty(ENABLED)).isEqualTo("false");
	}

	@Test
	void areKeptIfRecorded() {
		NettyEvents.disableUnless(() -> true);
		assertThat(System.getProperty(ENABLED)).isNull();
	}

	@Test
	void areKeptIfTheApplicationHasEnabledThem() {
		System.setProperty(ENABLED, "true");
		NettyEvents.disableUnless(() -> false);
		assertThat(System.getProperty(ENABLED)).isEqualTo("true");
	}

}
