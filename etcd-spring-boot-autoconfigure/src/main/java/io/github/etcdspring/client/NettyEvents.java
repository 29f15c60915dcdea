package io.github.etcdspring.client;

import java.util.function.BooleanSupplier;

import jdk.jfr.FlightRecorder;

/**
 * Disables the Flight Recorder events of Netty's buffers unless they are recorded from
 * the start. To register them, Netty initializes Flight Recorder and instruments its
 * event classes, which costs a tenth of the processor time that the starter adds to a
 * cold start.
 */
final class NettyEvents {

	private static final String ENABLED = "io.netty.jfr.enabled";

	private NettyEvents() {
	}

	/**
	 * Disable the events. Has no effect if the application has already used Netty.
	 */
	static void disableUnlessRecorded() {
		disableUnless(NettyEvents::isRecording);
	}

	static void disableUnless(BooleanSupplier recording) {
		if (System.getProperty(ENABLED) == null && !recording.getAsBoolean()) {
			System.setProperty(ENABLED, "false");
		}
	}

	/** Whether a recording was requested by an option or an agent. */
	private static boolean isRecording() {
		// the runtime image of the application may not contain the module
		return ModuleLayer.boot().findModule("jdk.jfr").isPresent() && FlightRecorder.isInitialized();
	}

}
