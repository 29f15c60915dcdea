package io.github.etcdspring.browser;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.logging.Level;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.openqa.selenium.OutputType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.io.FileHandler;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * A headless Chromium from the PATH, with a new profile. Records requests and console
 * messages.
 */
public final class Chromium implements AutoCloseable {

	private static final Pattern REQUEST = Pattern
		.compile("\"method\":\"Network\\.requestWillBeSent\".*?\"request\":\\{.*?\"url\":\"([^\"]*)\"");

	private final ChromeDriver driver;

	private final Path profile;

	private Chromium(ChromeDriver driver, Path profile) {
		this.driver = driver;
		this.profile = profile;
	}

	/**
	 * Start the browser, or skip the test if it is not installed.
	 * @return the browser
	 * @throws IOException if the profile cannot be created
	 */
	public static Chromium start() throws IOException {
		Optional<File> browser = find("chromium");
		Optional<File> bridge = find("chromedriver");
		assumeThat(browser.isPresent() && bridge.isPresent())
			.as("chromium and chromedriver on the PATH (Debian: apt-get install chromium chromium-driver)")
			.isTrue();
		Path profile = Files.createTempDirectory("chromium-");
		LoggingPreferences logs = new LoggingPreferences();
		logs.enable(LogType.BROWSER, Level.ALL);
		logs.enable(LogType.PERFORMANCE, Level.ALL);
		ChromeOptions options = new ChromeOptions();
		options.setBinary(browser.orElseThrow());
		options.addArguments("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
				"--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
				"--disable-dev-shm-usage", "--user-data-dir=" + profile);
		options.setCapability(ChromeOptions.LOGGING_PREFS, logs);
		ChromeDriverService service = new ChromeDriverService.Builder().usingDriverExecutable(bridge.orElseThrow())
			.usingAnyFreePort()
			.build();
		ChromeDriver driver = new ChromeDriver(service, options);
		driver.manage().timeouts().scriptTimeout(Duration.ofSeconds(60));
		return new Chromium(driver, profile);
	}

	private static Optional<File> find(String program) {
		return Stream.of(Objects.requireNonNullElse(System.getenv("PATH"), "").split(File.pathSeparator))
			.map((directory) -> new File(directory, program))
			.filter(File::canExecute)
			.findFirst();
	}

	/**
	 * Return the driver of the browser.
	 * @return the driver
	 */
	public ChromeDriver driver() {
		return this.driver;
	}

	/**
	 * Set the size of the window and the preferred color scheme.
	 * @param width width in pixels
	 * @param height height in pixels
	 * @param scheme {@code light} or {@code dark}
	 */
	public void view(int width, int height, String scheme) {
		this.driver.executeCdpCommand("Emulation.setDeviceMetricsOverride",
				Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
		this.driver.executeCdpCommand("Emulation.setEmulatedMedia",
				Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
	}

	/**
	 * Return and clear the addresses requested since the last call.
	 * @return the addresses, in order
	 */
	public List<URI> takeRequests() {
		return logs(LogType.PERFORMANCE).flatMap((entry) -> REQUEST.matcher(entry.getMessage()).results())
			.map((MatchResult found) -> URI.create(found.group(1)))
			.filter((address) -> !"data".equals(address.getScheme()))
			.toList();
	}

	/**
	 * Return and clear the hosts requested since the last call.
	 * @return the hosts with their ports
	 */
	public Set<String> takeRequestedHosts() {
		return takeRequests().stream()
			.map((address) -> address.getHost() + ":" + address.getPort())
			.collect(Collectors.toCollection(TreeSet::new));
	}

	/**
	 * Return and clear the warnings and errors logged to the console since the last call.
	 * @return the messages
	 */
	public List<String> takeConsoleErrors() {
		return logs(LogType.BROWSER).filter((entry) -> entry.getLevel().intValue() >= Level.WARNING.intValue())
			.map(LogEntry::toString)
			.toList();
	}

	private Stream<LogEntry> logs(String type) {
		return this.driver.manage().logs().get(type).getAll().stream();
	}

	/**
	 * Return the violations of the axe-core accessibility rules.
	 * @return the violations
	 */
	@SuppressWarnings("unchecked")
	public List<String> violations() {
		try (InputStream rules = Objects.requireNonNull(Chromium.class.getResourceAsStream("/axe.min.js"))) {
			this.driver.executeScript(new String(rules.readAllBytes(), StandardCharsets.UTF_8));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return (List<String>) this.driver.executeAsyncScript("""
				const done = arguments[0];
				axe.run({ resultTypes: ['violations'] }).then((results) => done(results.violations.flatMap((rule) =>
					rule.nodes.map((node) => rule.id + ': ' + node.html + ' ' + node.failureSummary))),
					(error) => done([String(error)]));""");
	}

	/**
	 * Write a picture of the window.
	 * @param file the file
	 * @throws IOException if the file cannot be written
	 */
	public void screenshot(Path file) throws IOException {
		Files.createDirectories(Objects.requireNonNull(file.toAbsolutePath().getParent()));
		Files.write(file, this.driver.getScreenshotAs(OutputType.BYTES));
	}

	@Override
	public void close() {
		this.driver.quit();
		// best effort: files may remain in the temporary directory
		FileHandler.delete(this.profile.toFile());
	}

}
