package io.github.etcdspring.console.browser;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests what a user does on the pages of the console by mouse, except changing a key.
 */
@ParameterizedClass(name = "{0} px, {1}")
@CsvSource({ "1440, light", "360, dark" })
class ConsoleStoriesIntegrationTests extends AbstractConsoleStoryTests {

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
	void stateIsRestoredFromTheHistory() {
		page.review(SIZE, "67");
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
		page.review(SIZE, "71");
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

	@Test
	void operatorChangesTheWeightOfAnInstance() {
		page.open("#/services/orders");
		page.press(page.row("orders-b"), "Weight…");
		page.type("dialog [type=number]", "5");
		page.one("[name=reason]").sendKeys("More memory");
		page.press("Change weight");
		page.awaitNone("dialog");
		page.until("the weight", () -> weight("orders-b").equals("5"));
		assertThat(page.row("orders-b").getText()).contains("Up", "weight changed by operator", "More memory");
		assertThat(weight("orders-a")).isEqualTo("1");
		assertThat(page.focused()).isEqualTo("Weight of orders-b…");
		page.press(page.row("orders-b"), "Put back…");
		page.press("Put back");
		page.until("the registered weight", () -> weight("orders-b").equals("1"));
	}

	private static String weight(String instance) {
		return page.row(instance).findElement(By.cssSelector("[data-label=Weight]")).getText();
	}

	@Test
	void revisionsAreCompared() {
		long before = test.etcd().revision();
		test.put(SIZE, "51");
		page.open("#/difference");
		page.one("[name=left]").sendKeys("/config/orders/");
		page.one("[name=leftRevision]").sendKeys(String.valueOf(before));
		page.one("[name=right]").sendKeys("/config/orders/");
		page.press("Compare");
		page.until("the difference", () -> page.row("orders.page-size").getText().contains("51"));
		assertThat(page.row("orders.page-size").getText()).contains("50");
		assertThat(page.all(".differences > li")).hasSize(1);
	}

	@Test
	void historyIsPaged() {
		String prefix = "/config/paged-" + test.etcd().revision() + "/";
		for (int i = 0; i < 55; i++) {
			test.write(prefix + "key", String.valueOf(i), "write " + i);
		}
		page.open("#/history?prefix=" + prefix.replace("/", "%2F"));
		page.awaitText(".pager", "1–50 of 55");
		assertThat(page.all(".timeline > li")).hasSize(50);
		page.press("Older");
		page.awaitText(".pager", "51–55 of 55");
		page.until("the oldest", () -> page.row("write 0").getText().contains("jane"));
		assertThat(page.all(".timeline > li")).hasSize(5);
		page.press("Newer");
		page.until("the newest", () -> page.row("write 54").getText().contains("jane"));
		page.open("#/history?prefix=" + prefix.replace("/", "%2F") + "&page=4");
		page.awaitText(".pager", "51–55 of 55");
		page.press("Newer");
		page.awaitText(".pager", "1–50 of 55");
	}

	@ParameterizedTest
	@CsvSource({ "zone, eu-1b", "version, 2.4.0", "instances, orders-b" })
	void rolloutIsLimitedToSomeInstances(String field, String value) {
		startRollout(() -> {
			page.type("[name=share]", "100");
			page.type("[name=watch]", "600");
			page.one("[name=" + field + "]").sendKeys(value);
		});
		page.until("one instance", () -> page.row(SIZE).getText().contains("1 instance uses the change"));
		page.one(".rollout summary").click();
		page.awaitText(".targets", "orders/orders-b");
		assertThat(page.all(".targets li")).hasSize(1);
		page.press("Stop…");
		page.keys("Tested", Keys.ENTER);
		page.awaitText("#view", "No rollout is running");
		assertThat(test.get(SIZE)).isEqualTo("50");
	}

	@Test
	void rolloutStopsIfAMeterIsAboveItsLimit() {
		startRollout(() -> {
			page.type("[name=share]", "100");
			page.type("[name=watch]", "600");
			page.press("Add limit of a meter");
			page.keys("jvm.threads.live");
			page.type("[name=max]", "1");
		});
		page.awaitText("#view", "No rollout is running");
		assertThat(test.get(SIZE)).isEqualTo("50");
	}

	private static void startRollout(Runnable fields) {
		page.review(SIZE, "74");
		page.choose("rollout");
		page.type("[name=health]", " ");
		fields.run();
		page.press("Start rollout");
		page.awaitText("dialog .result", "The rollout has started");
		page.press("Watch it");
		page.awaitText("h1", "Rollouts");
	}

}
