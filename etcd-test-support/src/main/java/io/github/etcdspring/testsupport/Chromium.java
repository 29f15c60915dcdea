package io.github.etcdspring.sample.board;

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
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

import org.springframework.util.FileSystemUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * A headless Chromium from the PATH, with a new profile. Records requested hosts and
 * console messages.
 */
final class Chromium implements AutoCloseable {

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
	 */
	static Chromium start() throws IOException {
		Optional<File> browser = find("chromium");
		Optional<File> bridge = find("chromedriver");
		assumeThat(browser.isPresent() && bridge.isPresent())
			.as("chromium and chromedriver on the PATH (Debian: apt-get install chromium chromium-driver)")
			.isTrue();
		Path profile = Files.createTempDirectory("board-chromium-");
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

	ChromeDriver driver() {
		return this.driver;
	}

	/**
	 * Set the size of the window and the preferred color scheme.
	 */
	void view(int width, int height, String scheme) {
		this.driver.executeCdpCommand("Emulation.setDeviceMetricsOverride",
				Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
		this.driver.executeCdpCommand("Emulation.setEmulatedMedia",
				Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
	}

	/**
	 * Return and clear the hosts requested since the last call.
	 */
	Set<String> takeRequestedHosts() {
		return logs(LogType.PERFORMANCE).flatMap((entry) -> REQUEST.matcher(entry.getMessage()).results())
			.map((MatchResult found) -> URI.create(found.group(1)))
			.filter((address) -> !"data".equals(address.getScheme()))
			.map((address) -> address.getHost() + ":" + address.getPort())
			.collect(Collectors.toCollection(TreeSet::new));
	}

	/**
	 * Return and clear the warnings and errors logged to the console since the last call.
	 */
	List<String> takeConsoleErrors() {
		return logs(LogType.BROWSER).filter((entry) -> entry.getLevel().intValue() >= Level.WARNING.intValue())
			.map(LogEntry::toString)
			.toList();
	}

	private Stream<LogEntry> logs(String type) {
		return this.driver.manage().logs().get(type).getAll().stream();
	}

	/**
	 * Return the violations of the axe-core accessibility rules.
	 */
	@SuppressWarnings("unchecked")
	List<String> violations() {
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

	void screenshot(Path file) throws IOException {
		Files.createDirectories(file.toAbsolutePath().getParent());
		Files.write(file, this.driver.getScreenshotAs(OutputType.BYTES));
		assertThat(file).isNotEmptyFile();
	}

	@Override
	public void close() {
		this.driver.quit();
		try {
			FileSystemUtils.deleteRecursively(this.profile);
		}
		catch (IOException ex) {
			// best effort: files remain in the temporary directory
		}
	}

}
