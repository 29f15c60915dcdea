package io.github.etcdspring.sample.board;

import java.time.Duration;
import java.util.List;

import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.support.ui.WebDriverWait;

/**
 * Page object of the board.
 */
final class BoardPage {

	private static final Duration SOON = Duration.ofSeconds(20);

	private final ChromeDriver driver;

	BoardPage(ChromeDriver driver) {
		this.driver = driver;
	}

	BoardPage open(String address) {
		this.driver.get(address);
		awaitText("connection", "Live");
		return this;
	}

	/** Wait until an element contains a text. */
	void awaitText(String id, String text) {
		until(id + " contains: " + text, () -> text(id).contains(text));
	}

	/** Wait until an element no longer contains a text. */
	void awaitNoText(String id, String text) {
		until(id + " no longer contains: " + text, () -> !text(id).contains(text));
	}

	void awaitHidden(String id) {
		until(id + " is hidden", () -> !element(id).isDisplayed());
	}

	String text(String id) {
		return element(id).getText();
	}

	WebElement element(String id) {
		return this.driver.findElement(By.id(id));
	}

	List<WebElement> all(String selector) {
		return this.driver.findElements(By.cssSelector(selector));
	}

	/** Return the row of an instance. */
	WebElement instance(String id) {
		until("instance " + id, () -> all("tr.instance").stream().anyMatch((row) -> isOf(row, id)));
		return all("tr.instance").stream().filter((row) -> isOf(row, id)).findFirst().orElseThrow();
	}

	void awaitGone(String id) {
		until("no instance " + id, () -> all("tr.instance").stream().noneMatch((row) -> isOf(row, id)));
	}

	private static boolean isOf(WebElement row, String id) {
		return row.findElement(By.cssSelector(".id")).getText().equals(id);
	}

	/** Return the text alternative of the chart of an instance. */
	String calls(String id) {
		return instance(id).findElement(By.tagName("svg")).getAttribute("aria-label");
	}

	/** Wait until a key is shown with an applied revision. */
	void awaitApplied(String key, String revision) {
		until(key + " at " + revision,
				() -> all(".property-row").stream()
					.anyMatch((row) -> row.findElement(By.cssSelector(".where")).getText().startsWith(key + " ")
							&& row.findElement(By.cssSelector(".revision")).getText().equals(revision)));
	}

	WebElement link(String text) {
		return this.driver.findElement(By.linkText(text));
	}

	/** Log in to the console with the form that is shown. */
	void login(String user, String password) {
		until("login form", () -> !all("#username").isEmpty());
		element("username").sendKeys(user);
		element("password").sendKeys(password, Keys.ENTER);
	}

	/** Wait until the title of the console's page contains a text. */
	void awaitConsole(String title) {
		until("console: " + title, () -> all("#view h1").stream().anyMatch((node) -> node.getText().contains(title)));
	}

	void until(String what, Condition condition) {
		new WebDriverWait(this.driver, SOON, Duration.ofMillis(50)).withMessage(what)
			.ignoring(StaleElementReferenceException.class)
			.until((driver) -> condition.holds());
	}

	/**
	 * A condition to wait for.
	 */
	interface Condition {

		boolean holds();

	}

}
