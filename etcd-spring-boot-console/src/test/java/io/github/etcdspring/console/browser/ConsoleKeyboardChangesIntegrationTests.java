package io.github.etcdspring.console.browser;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.Keys;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests how a user changes a key with the keyboard only. The focus returns to a sensible
 * place after each dialog.
 */
@ParameterizedClass(name = "{0} px, {1}")
@CsvSource({ "1440, light", "360, dark" })
class ConsoleKeyboardChangesIntegrationTests extends AbstractConsoleStoryTests {

	@Test
	void valueIsSavedAfterInstancesAcceptIt() {
		review("60");
		assertThat(page.one("dialog .diff del").getText()).contains("50");
		page.tabTo("Comment");
		page.keys("By keyboard", Keys.ENTER);
		page.awaitText("dialog .result", "2 instances accept");
		closeResult();
		assertThat(test.get(SIZE)).isEqualTo("60");
	}

	@Test
	void rejectedValueIsNotSaved() {
		review("many");
		page.tabTo("Ask and save");
		page.keys(Keys.ENTER);
		page.awaitText("dialog .result", "2 instances reject");
		assertThat(page.focused()).isEqualTo("Ask and save");
		page.keys(Keys.ESCAPE);
		page.awaitNone("dialog");
		page.awaitFocus("Review and save…");
		assertThat(test.get(SIZE)).isEqualTo("50");
	}

	@Test
	void askingSavesNothing() {
		review("70");
		page.tabTo("Ask the instances, then save");
		page.keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN);
		assertThat(page.focused()).isEqualTo("Only ask");
		page.keys(Keys.ENTER);
		page.awaitText("dialog .result", "2 instances accept");
		assertThat(test.get(SIZE)).isEqualTo("50");
	}

	@Test
	void savingAtOnceShowsWhichInstancesHaveAppliedIt() {
		review("80");
		page.tabTo("Ask the instances, then save");
		page.keys(Keys.ARROW_DOWN);
		page.tabTo("Wait (s)");
		page.replace("15");
		page.tabTo("Save");
		page.keys(Keys.SPACE);
		page.awaitText("dialog .result", "2 instances have applied it");
		closeResult();
		assertThat(test.get(SIZE)).isEqualTo("80");
	}

	@Test
	void conflictShowsTheOtherValue() {
		review("61");
		test.put(SIZE, "62");
		page.tabTo("Ask and save");
		page.keys(Keys.ENTER);
		page.awaitText("dialog [role=alert]", "is now “62”");
		page.awaitText("dialog .diff del", "62");
		assertThat(test.get(SIZE)).isEqualTo("62");
		assertThat(page.focused()).isEqualTo("Ask and save");
		page.keys(Keys.ENTER);
		page.awaitText("dialog .result", "Saved as revision");
		closeResult();
		assertThat(test.get(SIZE)).isEqualTo("61");
	}

	@Test
	void pushedChangeKeepsTheFocusOnTheChoiceBetweenBothTexts() {
		page.openKey(SIZE);
		page.tabTo("Value");
		page.replace("half a thou");
		test.put(SIZE, "63");
		page.awaitText(".editor [role=alert]", "63");
		page.tabTo("Use the current value");
		test.browser().takeRequests();
		test.put("/config/orders/another", "1");
		page.until("the reload", () -> !test.browser().takeRequests().isEmpty());
		page.until("the data", () -> page.one(".editor [role=alert]").isDisplayed());
		page.awaitFocus("Use the current value");
		page.keys(Keys.ENTER);
		page.awaitFocus("Value");
		assertThat(page.one("#value").getAttribute("value")).isEqualTo("63");
		test.etcd().etcdctl("del", "/config/orders/another");
	}

	@Test
	void documentIsEditedAndSaved() {
		page.openKey(DOCUMENT);
		page.tabTo("Document");
		page.chord(Keys.CONTROL, Keys.END);
		page.keys("  note: new\n");
		page.tabTo("Review and save…");
		page.keys(Keys.ENTER);
		page.awaitText("dialog .diff ins", "note: new");
		assertThat(page.all("dialog .diff del")).isEmpty();
		page.tabTo("Comment");
		page.keys("By keyboard", Keys.ENTER);
		page.awaitText("dialog .result", "Saved as revision");
		closeResult();
		assertThat(test.get(DOCUMENT)).isEqualTo("orders:\n  currency: EUR\n  limit: 10\n  note: new");
	}

	@Test
	void keyIsCreatedAndDeleted() {
		page.open("#/configuration/orders");
		page.tabTo("New key…");
		page.keys(Keys.ENTER);
		assertThat(page.focused()).isEqualTo("Name");
		page.keys("orders.colour", Keys.ENTER);
		page.awaitText("#key-state", "does not exist");
		page.awaitFocus("orders.colour");
		page.tabTo("Value");
		page.keys("blue");
		page.tabTo("Review and save…");
		page.keys(Keys.ENTER);
		page.tabTo("Ask and save");
		page.keys(Keys.ENTER);
		page.awaitText("dialog .result", "Saved as revision");
		closeResult();
		assertThat(test.get("/config/orders/orders.colour")).isEqualTo("blue");
		page.until("delete", () -> page.one("#delete").isDisplayed());
		page.tabTo("Delete key…");
		page.keys(Keys.ENTER);
		page.awaitText("dialog .diff", "Key is deleted");
		page.tabTo("Ask and save");
		page.keys(Keys.ENTER);
		page.awaitText("dialog .result", "Saved as revision");
		page.until("deleted", () -> !page.one("#delete").isDisplayed());
		page.awaitFocus("Close");
		page.keys(Keys.ENTER);
		page.awaitNone("dialog");
		page.awaitFocus("orders.colour");
		assertThat(test.get("/config/orders/orders.colour")).isEmpty();
	}

	@Test
	void versionIsComparedAndRestored() {
		long revision = test.revision(SIZE);
		test.put(SIZE, "66");
		page.openKey(SIZE);
		page.rowOf(test.revision(SIZE));
		page.tabTo("Difference from revision " + revision);
		page.keys(Keys.ENTER);
		page.awaitText("dialog .diff ins", "66");
		page.keys(Keys.ENTER);
		page.awaitNone("dialog");
		page.awaitFocus("Difference from revision " + revision);
		page.tabTo("Restore revision " + revision + "…");
		page.keys(Keys.ENTER);
		page.awaitText("dialog .diff ins", "50");
		page.tabTo("Ask and save");
		page.keys(Keys.ENTER);
		page.awaitText("dialog .result", "Saved as revision");
		assertThat(test.get(SIZE)).isEqualTo("50");
	}

	@Test
	void unsavedEditWarnsBeforeLeaving() {
		page.openKey(SIZE);
		page.tabTo("Value");
		page.replace("65");
		page.awaitText("#preview ins", "65");
		page.tabBackTo("Fleet");
		page.keys(Keys.ENTER);
		page.awaitText("dialog", "Discard unsaved changes?");
		page.tabTo("Cancel");
		page.keys(Keys.ENTER);
		page.awaitNone("dialog");
		page.awaitFocus("Fleet");
		assertThat(page.one("#value").getAttribute("value")).isEqualTo("65");
		page.keys(Keys.ENTER);
		page.awaitFocus("Discard");
		page.keys(Keys.ENTER);
		page.awaitText("h1", "Fleet");
		page.until("focus on the title", () -> "H1".equals(page.focusedName()));
	}

	@Test
	void rolloutIsStartedSeenAndStopped() {
		review("71");
		page.tabTo("Ask the instances, then save");
		page.keys(Keys.ARROW_UP);
		assertThat(page.focused()).isEqualTo("Roll out in steps");
		page.tabTo("Share (%)");
		page.replace("50");
		page.tabTo("Watch (s)");
		page.replace("600");
		page.tabTo("Stop if one of these health groups is down");
		page.replace(" ");
		page.tabTo("Add limit of a meter");
		page.keys(Keys.ENTER);
		assertThat(page.focused()).isEqualTo("Meter");
		page.tabTo("Remove");
		page.keys(Keys.ENTER);
		assertThat(page.focused()).isEqualTo("Add limit of a meter");
		page.tabTo("Start rollout");
		page.keys(Keys.ENTER);
		page.awaitText("dialog .result", "The rollout has started");
		page.awaitFocus("Close");
		page.tabBackTo("Watch it");
		page.keys(Keys.ENTER);
		page.until("the rollout", () -> page.row(SIZE).getText().contains("Step 1 of 3"));
		page.tabTo("Stop the rollout of " + SIZE + "…");
		page.keys(Keys.ENTER);
		assertThat(page.focused()).isEqualTo("Reason");
		page.keys("Too slow", Keys.ENTER);
		page.awaitText("#view", "No rollout is running");
		page.awaitNone("dialog");
		page.until("focus on the title", () -> "H1".equals(page.focusedName()));
		assertThat(test.get(SIZE)).isEqualTo("50");
	}

	@ParameterizedTest
	@CsvSource({ "Zone, eu-1b", "Version, 2.4.0", "Instances, orders-b" })
	void rolloutIsLimitedToSomeInstances(String field, String value) {
		review("74");
		page.tabTo("Ask the instances, then save");
		page.keys(Keys.ARROW_UP);
		page.tabTo("Share (%)");
		page.replace("100");
		page.tabTo("Watch (s)");
		page.replace("600");
		page.tabTo(field);
		page.keys(value);
		page.tabTo("Stop if one of these health groups is down");
		page.replace(" ");
		page.tabTo("Start rollout");
		page.keys(Keys.ENTER);
		page.awaitText("dialog .result", "The rollout has started");
		page.awaitFocus("Close");
		page.tabBackTo("Watch it");
		page.keys(Keys.ENTER);
		page.until("one instance", () -> page.row(SIZE).getText().contains("1 instance uses the change"));
		page.tabTo("1 instance uses the change");
		page.keys(Keys.SPACE);
		page.awaitText(".targets", "orders/orders-b");
		assertThat(page.all(".targets li")).hasSize(1);
		page.tabBackTo("Stop the rollout of " + SIZE + "…");
		page.keys(Keys.ENTER);
		page.keys("Tested", Keys.ENTER);
		page.awaitText("#view", "No rollout is running");
		assertThat(test.get(SIZE)).isEqualTo("50");
	}

	private static void review(String value) {
		page.openKey(SIZE);
		page.until("the value", () -> "50".equals(page.one("#value").getAttribute("value")));
		page.tabTo("Value");
		page.replace(value);
		page.awaitText("#preview ins", value);
		page.tabTo("Review and save…");
		page.keys(Keys.ENTER);
		page.awaitText("dialog .diff ins", value);
	}

	private static void closeResult() {
		page.awaitFocus("Close");
		page.keys(Keys.ENTER);
		page.awaitNone("dialog");
		page.awaitFocus("Review and save…");
	}

}
