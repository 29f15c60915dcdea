package io.github.etcdspring.demo;

import java.io.IOException;
import java.net.URI;
import java.util.List;

/**
 * Opens the default browser if there is a display. Failures are ignored because the
 * address has been printed.
 */
final class Browser {

	private static final List<String> DISPLAYS = List.of("DISPLAY", "WAYLAND_DISPLAY");

	private Browser() {
	}

	static void open(URI address) {
		if (DISPLAYS.stream().map(System::getenv).allMatch((display) -> display == null || display.isEmpty())) {
			return;
		}
		try {
			new ProcessBuilder("xdg-open", address.toString()).redirectErrorStream(true)
				.redirectOutput(ProcessBuilder.Redirect.DISCARD)
				.start();
		}
		catch (IOException ex) {
			// xdg-open is not installed
		}
	}

}
