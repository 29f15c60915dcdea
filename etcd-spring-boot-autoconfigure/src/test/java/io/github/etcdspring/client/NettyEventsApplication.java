package io.github.etcdspring.client;

import io.netty.util.internal.PlatformDependent;

/**
 * Process that creates a client as the starter does. Its exit status says whether Netty
 * registers events with Flight Recorder.
 */
public final class NettyEventsApplication {

	static final int ENABLED = 10;

	static final int DISABLED = 11;

	private NettyEventsApplication() {
	}

	public static void main(String[] arguments) {
		TestConnection.to("http://127.0.0.1:1").close();
		System.exit((PlatformDependent.isJfrEnabled()) ? ENABLED : DISABLED);
	}

}
