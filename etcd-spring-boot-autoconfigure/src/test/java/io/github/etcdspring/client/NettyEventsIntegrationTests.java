package io.github.etcdspring.client;

import java.io.IOException;
import java.util.List;

import io.github.etcdspring.fixture.JavaProcess;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class NettyEventsIntegrationTests {

	@Test
	void areDisabledByDefault() throws IOException {
		assertThat(statusOf(List.of())).isEqualTo(NettyEventsApplication.DISABLED);
	}

	@Test
	void areKeptIfRecordedFromTheStart() throws IOException {
		assertThat(statusOf(List.of("-XX:StartFlightRecording=settings=none")))
			.isEqualTo(NettyEventsApplication.ENABLED);
	}

	private static int statusOf(List<String> options) throws IOException {
		try (JavaProcess process = JavaProcess.startWith(List.of(), options, NettyEventsApplication.class)) {
			return process.await();
		}
	}

}
