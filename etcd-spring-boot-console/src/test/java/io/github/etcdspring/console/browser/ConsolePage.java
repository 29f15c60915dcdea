package io.github.etcdspring.console.browser;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;

import io.github.etcdspring.console.ConsoleApplication;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.NoSuchElementException;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.support.ui.WebDriverWait;

/**
 * Page object of the console.
 */
final class ConsolePage {

	private static final Duration SOON = Duration.ofSeconds(30);

	private final ChromeDriver driver;

	private final String address;

	ConsolePage(ChromeDriver driver, String address) {
		this.driver = driver;
		this.address = address;
	}

	/** Sign in as another user, and open the first page. */
	ConsolePage signIn(String user) {
		// a response that is still under way must not bring a cookie back
		this.driver.get("about:blank");
		this.driver.executeCdpCommand("Network.clearBrowserCookies", Map.of());
		this.driver.get(this.address + "/etcd-console/");
		until("the login page", () -> !all("input[name=username]").isEmpty());
		one("input[name=username]").sendKeys(user);
		one("input[name=password]").sendKeys(ConsoleApplication.PASSWORD, Keys.ENTER);
		awaitText("#connection", "Live");
		awaitText("#user", user);
		return this;
	}

	/** Close a dialog and discard an edit that a test has left. */
	void settle() {
		for (int i = 0; i < 3 && !all("dialog[open]").isEmpty(); i++) {
			keys(Keys.ESCAPE);
		}
		shown("#revert").forEach(WebElement::click);
	}

	/** Open a view by its address, and wait for its data. */
	ConsolePage open(String hash) {
		String before = (String) this.driver.executeScript("return location.hash");
		if (hash.equals(before)) {
			this.driver.get("about:blank");
			this.driver.get(this.address + "/etcd-console/" + hash);
		}
		else {
			this.driver.executeScript("document.querySelector('#view > *')?.removeAttribute('data-loaded');"
					+ "location.hash = arguments[0]", hash);
		}
		awaitLoaded();
		return this;
	}

	ConsolePage openKey(String key) {
		return open("#/key?key=" + URLEncoder.encode(key, StandardCharsets.UTF_8));
	}

	void awaitLoaded() {
		until("data", () -> !all("#view > [data-loaded]").isEmpty());
	}

	void awaitText(String selector, String text) {
		until(selector + " contains: " + text, () -> one(selector).getText().contains(text));
	}

	void awaitNone(String selector) {
		until("no " + selector, () -> shown(selector).isEmpty());
	}

	WebElement one(String selector) {
		return this.driver.findElement(By.cssSelector(selector));
	}

	List<WebElement> all(String selector) {
		return this.driver.findElements(By.cssSelector(selector));
	}

	List<WebElement> shown(String selector) {
		return all(selector).stream().filter(WebElement::isDisplayed).toList();
	}

	/** Return the row or list entry with a text that no other one may contain. */
	WebElement row(String text) {
		return find("a row with " + text, () -> rows((row) -> row.getText().contains(text)));
	}

	/**
	 * Return the row of a key or revision, for texts that occur in other rows, as numbers
	 * do in times.
	 */
	WebElement rowOf(Object key) {
		return find("the row of " + key, () -> rows((row) -> row.getAttribute("data-key").equals(key.toString())));
	}

	private List<WebElement> rows(Predicate<WebElement> condition) {
		return all("#view [data-key]").stream().filter(condition).toList();
	}

	/** Press a visible button or link by its text, in the open dialog if there is one. */
	void press(String text) {
		WebElement button = find("a button " + text, () -> buttons(text));
		// WebDriver does not scroll to what the foot of a dialog covers
		this.driver.executeScript("arguments[0].scrollIntoView({ block: 'center' })", button);
		button.click();
	}

	private List<WebElement> buttons(String text) {
		String scope = (all("dialog[open]").isEmpty()) ? "" : "dialog[open] ";
		return shown(scope + "button, " + scope + "a").stream()
			.filter((button) -> button.getText().equals(text))
			.toList();
	}

	/** Press a button in a row. */
	void press(WebElement row, String text) {
		find("a button " + text + " in " + row.getText(),
				() -> row.findElements(By.tagName("button"))
					.stream()
					.filter((button) -> button.isDisplayed() && button.getText().equals(text))
					.toList())
			.click();
	}

	/** Choose how to save in the open dialog. */
	void choose(String value) {
		one("dialog[open] input[value=" + value + "]").click();
	}

	/** Open a key, replace its value, and open the dialog to save it. */
	void review(String key, String value) {
		openKey(key);
		type("#value", value);
		press("Review and save…");
	}

	void type(String selector, String text) {
		one(selector).sendKeys(Keys.chord(Keys.CONTROL, "a"), Keys.DELETE);
		one(selector).sendKeys(text);
	}

	/** Press keys on the focused element. */
	void keys(CharSequence... keys) {
		new Actions(this.driver).sendKeys(keys).perform();
	}

	/** Press a key while another one is held. */
	void chord(Keys held, CharSequence key) {
		new Actions(this.driver).keyDown(held).sendKeys(key).keyUp(held).perform();
	}

	/** Move the focus with the tab key until it is on an element with a label or text. */
	void tabTo(String label) {
		moveTo(label, () -> keys(Keys.TAB));
	}

	/** Move the focus backwards. */
	void tabBackTo(String label) {
		moveTo(label, () -> chord(Keys.SHIFT, Keys.TAB));
	}

	private void moveTo(String label, Runnable step) {
		for (int i = 0; i < 200; i++) {
			if (label.equals(focused())) {
				return;
			}
			step.run();
		}
		throw new NoSuchElementException("The tab key does not reach: " + label);
	}

	/** Replace the text of the focused field. */
	void replace(String text) {
		chord(Keys.CONTROL, "a");
		keys(text);
	}

	String focusedId() {
		return this.driver.switchTo().activeElement().getAttribute("id");
	}

	String focusedName() {
		return (String) this.driver.executeScript("return document.activeElement.tagName");
	}

	/** Wait until the focus is on an element with a label or text. */
	void awaitFocus(String label) {
		until("focus on " + label, () -> label.equals(focused()));
	}

	/** Return how many pixels the page is wider than the window. */
	long overflow() {
		return (Long) this.driver
			.executeScript("return document.documentElement.scrollWidth - document.documentElement.clientWidth");
	}

	/** Return the label or text of the focused element. */
	String focused() {
		return (String) this.driver.executeScript(
				"""
						const one = document.activeElement;
						return (one.getAttribute('aria-label') ?? one.labels?.[0]?.innerText ?? one.innerText ?? '').split('\\n')[0].trim();""");
	}

	void until(String what, Condition condition) {
		await(what).until((driver) -> condition.holds());
	}

	private WebElement find(String what, Supplier<List<WebElement>> elements) {
		return await(what).until((driver) -> elements.get().stream().findFirst().orElse(null));
	}

	private WebDriverWait await(String what) {
		WebDriverWait wait = new WebDriverWait(this.driver, SOON, Duration.ofMillis(50));
		wait.withMessage(() -> what + " at " + this.driver.getCurrentUrl() + ": " + text())
			.ignoring(StaleElementReferenceException.class)
			.ignoring(NoSuchElementException.class);
		return wait;
	}

	private String text() {
		return this.driver.executeScript("return document.body.innerText") + " "
				+ this.driver.manage().logs().get("browser").getAll();
	}

	/**
	 * A condition to wait for.
	 */
	interface Condition {

		boolean holds();

	}

}
