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
		until("the form", () -> element("editor").isDisplayed());
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

	/** Wait until a key is shown with an applied value. */
	void awaitApplied(String key, String value) {
		until(key + " is " + value,
				() -> all(".property-row").stream()
					.anyMatch((row) -> row.findElement(By.cssSelector(".where")).getText().startsWith(key + " ")
							&& row.findElement(By.tagName("code")).getText().equals(value)));
	}

	/** Open a key in the editor. */
	void openKey(String key) {
		element("key").clear();
		element("key").sendKeys(key, Keys.ENTER);
		awaitText("value-hint", key);
	}

	/** Open a key while etcd is unreachable. */
	void openKeyDuringOutage(String key) {
		element("key").clear();
		element("key").sendKeys(key, Keys.ENTER);
		awaitText("result", "etcd");
	}

	void write(String value) {
		element("value").clear();
		element("value").sendKeys(value);
		this.driver.findElement(By.cssSelector("#value-form .primary")).click();
	}

	void press(String selector) {
		this.driver.findElement(By.cssSelector(selector)).click();
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
