package io.github.etcdspring.console.browser;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests what a user does on the pages of the console, with running instances.
 */
class ConsoleStoriesIntegrationTests {

	private static final String SIZE = "/config/orders/orders.page-size";

	private static final String DOCUMENT = "/config/orders/more.yaml";

	private static final List<ConfigurableApplicationContext> instances = new ArrayList<>();

	private static ConsoleBrowser test;

	private static ConsolePage page;

	@BeforeAll
	static void start() throws IOException {
		test = ConsoleBrowser.start();
		page = test.page();
		instances.add(OrdersService.start(test.etcd(), "orders-a", "eu-1a", "2.3.0"));
		instances.add(OrdersService.start(test.etcd(), "orders-b", "eu-1b", "2.4.0"));
		page.signIn("operator");
	}

	@AfterAll
	static void stop() {
		instances.forEach(ConfigurableApplicationContext::close);
		if (test != null) {
			test.close();
		}
	}

	@BeforeEach
	void content() {
		test.put(SIZE, "50");
		test.put(DOCUMENT, "orders:\n  currency: EUR\n  limit: 10\n");
		test.browser().takeConsoleErrors();
	}

	@AfterEach
	void leave() {
		page.settle();
		page.open("#/fleet");
	}

	@Test
	void servicesAndInstancesAreFoundBySearch() {
		test.put("/services/stock/one", "{\"host\":\"127.0.0.1\",\"port\":1,\"status\":\"DOWN\"}");
		page.open("#/services");
		assertThat(page.row("orders").getText()).contains("All up", "eu-1a, eu-1b", "2.3.0, 2.4.0");
		page.until("down", () -> page.row("stock").getText().contains("0 of 1 up"));
		page.type("#search", "ord");
		page.awaitText(".bar .figure", "1 service");
		page.press("orders");
		page.awaitText("h1", "orders");
		assertThat(page.row("orders-a").getText()).contains("Up", "eu-1a", "2.3.0", "Revision");
		page.type("#search", "orders-b");
		page.awaitText(".bar .figure", "1 instance");
		page.type("#search", "none");
		page.awaitText(".empty", "No instances match");
		test.etcd().etcdctl("del", "/services/stock/one");
	}

	@Test
	void operatorTakesInstanceOutAndPutsItBack() {
		page.open("#/services/orders");
		page.press(page.row("orders-a"), "Take out…");
		page.one("[name=reason]").sendKeys("Heap dump");
		page.press("Take out of service");
		page.awaitNone("dialog");
		page.until("out of service", () -> page.row("orders-a").getText().contains("Out of service")
				&& page.row("orders-a").getText().contains("Heap dump"));
		assertThat(page.row("orders-a").getText()).contains("by operator until");
		assertThat(page.focused()).isEqualTo("Put back orders-a…");
		page.press(page.row("orders-a"), "Put back…");
		page.press("Put back");
		page.until("up", () -> !page.row("orders-a").getText().contains("Out of service"));
	}

	@Test
	void instanceIsTakenOutByKeyboard() {
		page.open("#/services/orders");
		page.tabTo("Take out orders-b…");
		page.keys(Keys.ENTER);
		assertThat(page.focused()).isEqualTo("Reason");
		page.keys("Maintenance", Keys.ENTER);
		page.awaitNone("dialog");
		page.until("out of service", () -> page.row("orders-b").getText().contains("Maintenance"));
		page.tabTo("Put back orders-b…");
		page.keys(Keys.ENTER, Keys.ENTER);
		page.until("back", () -> !page.row("orders-b").getText().contains("Maintenance"));
	}

	@Test
	void keysAreFoundByApplicationAndSearch() {
		page.open("#/configuration");
		page.press("orders");
		page.awaitText("h1", "orders");
		page.row("orders.page-size");
		page.type("#search", "currency");
		page.awaitText(".bar .figure", "1 key");
		assertThat(page.row("more.yaml").getText()).contains("document");
	}

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
		page.openKey(SIZE);
		page.type("#value", "many");
		page.press("Review and save…");
		page.press("Ask and save");
		page.awaitText("dialog .result", "Not saved.");
		assertThat(page.one("dialog .result").getText()).contains("2 instances reject", "orders/orders-b");
		assertThat(test.get(SIZE)).isEqualTo("50");
	}

	@Test
	void askingSavesNothing() {
		page.openKey(SIZE);
		page.type("#value", "70");
		page.press("Review and save…");
		page.choose("ask");
		page.press("Ask");
		page.awaitText("dialog .result", "2 instances accept");
		assertThat(test.get(SIZE)).isEqualTo("50");
	}

	@Test
	void savingAtOnceShowsWhichInstancesHaveAppliedIt() {
		page.openKey(SIZE);
		page.type("#value", "80");
		page.press("Review and save…");
		page.choose("write");
		page.press("Save");
		page.awaitText("dialog .result", "2 instances have applied it");
		assertThat(test.get(SIZE)).isEqualTo("80");
	}

	@Test
	void documentIsEditedAndSavedByKeyboard() {
		page.openKey(DOCUMENT);
		page.tabTo("Document");
		page.keys(Keys.chord(Keys.CONTROL, Keys.END), "  note: new\n");
		page.tabTo("Review and save…");
		page.keys(Keys.ENTER);
		page.awaitText("dialog .diff ins", "note: new");
		assertThat(page.all("dialog .diff del")).isEmpty();
		page.tabTo("Comment");
		page.keys("By keyboard", Keys.ENTER);
		page.awaitText("dialog .result", "Saved as revision");
		assertThat(page.focused()).isEqualTo("Close");
		page.keys(Keys.ENTER);
		page.awaitNone("dialog");
		assertThat(test.get(DOCUMENT)).isEqualTo("orders:\n  currency: EUR\n  limit: 10\n  note: new");
	}

	@Test
	void conflictShowsTheOtherValue() {
		page.openKey(SIZE);
		page.type("#value", "61");
		page.press("Review and save…");
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
		test.put(SIZE, "66");
		page.openKey(SIZE);
		page.press(page.row("50"), "Restore…");
		page.awaitText("dialog .diff ins", "50");
		page.press("Ask and save");
		page.awaitText("dialog .result", "Saved as revision");
		assertThat(test.get(SIZE)).isEqualTo("50");
	}

	@Test
	void stateIsRestoredFromTheHistory() {
		page.openKey(SIZE);
		page.type("#value", "67");
		page.press("Review and save…");
		page.one("[name=comment]").sendKeys("First of two");
		page.press("Ask and save");
		page.press("Close");
		test.put(SIZE, "68");
		page.open("#/history?prefix=%2Fconfig%2Forders%2F");
		page.row("First of two").findElement(By.tagName("summary")).click();
		page.until("the difference", () -> page.row("First of two").getText().contains("67"));
		page.press(page.row("First of two"), "Restore…");
		page.press("Ask and restore");
		page.awaitText("dialog .result", "Restored as revision");
		assertThat(test.get(SIZE)).isEqualTo("67");
	}

	@Test
	void snapshotIsSavedRestoredAndDeleted() {
		page.open("#/snapshots?prefix=%2Fconfig%2Forders%2F");
		page.press("Save snapshot…");
		page.keys("before", Keys.ENTER);
		page.row("before");
		test.put(SIZE, "69");
		page.press(page.row("before"), "Restore…");
		page.choose("write");
		page.press("Restore");
		page.awaitText("dialog .result", "Restored as revision");
		page.press("Close");
		assertThat(test.get(SIZE)).isEqualTo("50");
		page.press(page.row("before"), "Delete…");
		page.press("Delete");
		page.until("no snapshot", () -> page.one(".empty").isDisplayed());
	}

	@Test
	void prefixesAreCompared() {
		test.put("/config/staging/orders.page-size", "55");
		test.put("/config/production/orders.page-size", "56");
		page.open("#/difference");
		page.one("[name=left]").sendKeys("/config/staging/");
		page.one("[name=right]").sendKeys("/config/production/", Keys.ENTER);
		page.until("the difference", () -> page.row("orders.page-size").getText().contains("55"));
		assertThat(page.row("orders.page-size").getText()).contains("56");
		test.etcd().etcdctl("del", "--prefix", "/config/staging/");
		test.etcd().etcdctl("del", "--prefix", "/config/production/");
	}

	@Test
	void rolloutIsStartedSeenAndStopped() {
		page.openKey(SIZE);
		page.type("#value", "71");
		page.press("Review and save…");
		page.choose("rollout");
		page.type("[name=share]", "50");
		page.type("[name=watch]", "600");
		page.type("[name=health]", " ");
		page.press("Start rollout");
		page.awaitText("dialog .result", "The rollout has started");
		page.press("Watch it");
		page.until("the rollout", () -> page.row(SIZE).getText().contains("Step 1 of 3"));
		page.until("one instance", () -> page.row(SIZE).getText().contains("1 instance uses the change"));
		page.openKey(SIZE);
		page.awaitText("#view", "A rollout of this key by operator");
		page.open("#/rollouts");
		page.press("Stop…");
		page.keys("Too slow", Keys.ENTER);
		page.awaitText("#view", "No rollout is running");
		assertThat(test.get(SIZE)).isEqualTo("50");
	}

	@Test
	void fleetShowsWhoRejectsAndWhy() {
		test.put(SIZE, "many");
		page.open("#/fleet");
		page.until("rejected", () -> page.row("orders-a").getText().contains("Rejects revision"));
		page.one("input[value=rejected] + span").click();
		page.awaitText(".bar .figure", "2 instances");
		assertThat(page.row("orders-b").getText()).contains(SIZE);
		test.put(SIZE, "51");
		page.awaitText(".bar .figure", "0 instances");
		await().untilAsserted(() -> assertThat(page.one(".segments").getText()).contains("Rejecting 0"));
	}

	@Test
	void failureIsShownNearTheAction() {
		page.open("#/history");
		page.type("#prefix", "/elsewhere/" + Keys.ENTER);
		page.awaitText("#failure", "/config/");
		assertThat(page.one("#failure").getAttribute("role")).isEqualTo("alert");
		test.put("/services/leaving/one", "127.0.0.1:1");
		page.open("#/services/leaving");
		page.press(page.row("one"), "Take out…");
		page.one("[name=reason]").sendKeys("Too late");
		test.etcd().etcdctl("del", "/services/leaving/one");
		page.press("Take out of service");
		page.awaitText("dialog [role=alert]", "not registered");
	}

}
