package io.github.etcdspring.console.browser;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.Keys;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests how a user changes a key by mouse.
 */
@ParameterizedClass(name = "{0} px, {1}")
@CsvSource({ "1440, light", "360, dark" })
class ConsoleChangesIntegrationTests extends AbstractConsoleStoryTests {

	/** State of an instance that is not running. */
	private static final String SILENT = "/fleet/orders/silent";

	@Test
	void valueIsSavedAfterInstancesAcceptIt() {
		page.openKey(SIZE);
		page.type("#value", "60");
		page.awaitText("#preview", "60");
		page.press("Review and save…");
		page.awaitText("dialog .diff del", "50");
		page.awaitText("dialog .diff ins", "60");
		page.one("[name=comment]").sendKeys("Larger pages");
		page.press("Ask and save");
		page.awaitText("dialog .result", "Saved as revision");
		assertThat(page.one("dialog .result").getText()).contains("2 instances accept", "orders/orders-a");
		page.press("Close");
		assertThat(test.get(SIZE)).isEqualTo("60");
		page.awaitNone("#preview");
		page.press("History");
		page.until("the comment", () -> page.row("Larger pages").getText().contains("operator"));
	}

	@Test
	void rejectedValueIsNotSaved() {
		page.review(SIZE, "many");
		page.press("Ask and save");
		page.awaitText("dialog .result", "Not saved.");
		assertThat(page.one("dialog .result").getText()).contains("2 instances reject", "orders/orders-b");
		assertThat(test.get(SIZE)).isEqualTo("50");
	}

	@Test
	void askingSavesNothing() {
		page.review(SIZE, "70");
		page.choose("ask");
		page.press("Ask");
		page.awaitText("dialog .result", "2 instances accept");
		assertThat(test.get(SIZE)).isEqualTo("50");
	}

	@Test
	void savingAtOnceShowsWhichInstancesHaveAppliedIt() {
		page.review(SIZE, "80");
		page.choose("write");
		page.press("Save");
		page.awaitText("dialog .result", "2 instances have applied it");
		assertThat(test.get(SIZE)).isEqualTo("80");
	}

	@Test
	void conflictShowsTheOtherValue() {
		page.review(SIZE, "61");
		page.awaitText("dialog .diff ins", "61");
		test.put(SIZE, "62");
		page.press("Ask and save");
		page.awaitText("dialog [role=alert]", "is now “62”");
		page.awaitText("dialog .diff del", "62");
		assertThat(test.get(SIZE)).isEqualTo("62");
		page.press("Ask and save");
		page.awaitText("dialog .result", "Saved as revision");
		assertThat(test.get(SIZE)).isEqualTo("61");
	}

	@Test
	void pushedChangeNeverOverwritesTypedText() {
		page.openKey(SIZE);
		page.type("#value", "half a thou");
		test.put(SIZE, "63");
		page.awaitText(".editor [role=alert]", "63");
		assertThat(page.one("#value").getAttribute("value")).isEqualTo("half a thou");
		assertThat(page.focused()).isEqualTo("Value");
		page.press("Use the current value");
		assertThat(page.one("#value").getAttribute("value")).isEqualTo("63");
	}

	@Test
	void pushedChangeUpdatesUntouchedForm() {
		page.openKey(SIZE);
		test.put(SIZE, "64");
		page.until("the value", () -> "64".equals(page.one("#value").getAttribute("value")));
	}

	@Test
	void unsavedEditWarnsBeforeLeaving() {
		page.openKey(SIZE);
		page.type("#value", "65");
		page.press("Fleet");
		page.awaitText("dialog", "Discard unsaved changes?");
		page.press("Cancel");
		page.awaitNone("dialog");
		assertThat(page.one("#value").getAttribute("value")).isEqualTo("65");
		page.press("Fleet");
		page.press("Discard");
		page.awaitText("h1", "Fleet");
	}

	@Test
	void keyIsCreatedAndDeleted() {
		page.open("#/configuration/orders");
		page.press("New key…");
		page.keys("orders.colour", Keys.ENTER);
		page.awaitText("#key-state", "does not exist");
		page.one("#value").sendKeys("blue");
		page.press("Review and save…");
		page.press("Ask and save");
		page.press("Close");
		assertThat(test.get("/config/orders/orders.colour")).isEqualTo("blue");
		page.until("delete", () -> page.one("#delete").isDisplayed());
		page.press("Delete key…");
		page.awaitText("dialog .diff", "Key is deleted");
		page.press("Ask and save");
		page.press("Close");
		assertThat(test.get("/config/orders/orders.colour")).isEmpty();
	}

	@Test
	void versionIsRestored() {
		long revision = test.revision(SIZE);
		test.put(SIZE, "66");
		page.openKey(SIZE);
		page.press(page.rowOf(revision), "Restore…");
		page.awaitText("dialog .diff ins", "50");
		page.press("Ask and save");
		page.awaitText("dialog .result", "Saved as revision");
		assertThat(test.get(SIZE)).isEqualTo("50");
	}

	@Test
	void documentIsEditedAndSaved() {
		page.review(DOCUMENT, "orders:\n  currency: EUR\n  limit: 20\n");
		page.awaitText("dialog .diff del", "limit: 10");
		page.awaitText("dialog .diff ins", "limit: 20");
		page.press("Ask and save");
		page.awaitText("dialog .result", "Saved as revision");
		assertThat(test.get(DOCUMENT)).contains("limit: 20").doesNotContain("limit: 10");
	}

	@Test
	void instanceThatDoesNotAnswerPreventsSaving() {
		test.put(SILENT, "{\"applied\":1,\"seen\":1,\"imports\":[\"/config/orders/\"]}");
		page.review(SIZE, "72");
		page.type("[name=wait]", "2");
		page.press("Ask and save");
		page.awaitText("dialog .result", "Not saved.");
		assertThat(page.one("dialog .result").getText()).contains("1 instance has not answered", "orders/silent",
				"2 instances accept");
		assertThat(test.get(SIZE)).isEqualTo("50");
		page.choose("write");
		page.press("Save");
		page.awaitText("dialog .result", "2 instances have applied it");
		assertThat(page.one("dialog .result").getText()).contains("1 instance has not answered");
		assertThat(test.get(SIZE)).isEqualTo("72");
	}

	@Test
	void browserWarnsBeforeAnEditIsLost() {
		page.openKey(SIZE);
		assertThat(warnsBeforeUnload()).isFalse();
		page.type("#value", "73");
		assertThat(warnsBeforeUnload()).isTrue();
		page.press("Revert");
		assertThat(warnsBeforeUnload()).isFalse();
	}

	/** Selenium accepts the warning itself, before a test could see it. */
	private static boolean warnsBeforeUnload() {
		return (Boolean) test.browser()
			.driver()
			.executeScript("return !dispatchEvent(new Event('beforeunload', { cancelable: true }))");
	}

	@AfterEach
	void removeSilentInstance() {
		test.etcd().etcdctl("del", SILENT);
	}

}
