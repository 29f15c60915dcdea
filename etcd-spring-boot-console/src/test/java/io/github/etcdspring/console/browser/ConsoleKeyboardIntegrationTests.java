package io.github.etcdspring.console.browser;

import java.util.LinkedHashMap;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.Keys;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests what a user does on the pages of the console with the keyboard only, except
 * changing a key. The focus returns to a sensible place after each dialog.
 */
@ParameterizedClass(name = "{0} px, {1}")
@CsvSource({ "1440, light", "360, dark" })
class ConsoleKeyboardIntegrationTests extends AbstractConsoleStoryTests {

	@Test
	void servicesAndInstancesAreFoundBySearch() {
		test.put("/services/stock/one", "127.0.0.1:1");
		page.open("#/services");
		page.row("stock");
		page.tabTo("Search services");
		page.keys("ord");
		page.awaitText(".bar .figure", "1 service");
		page.tabTo("orders");
		page.keys(Keys.ENTER);
		page.awaitFocus("orders");
		page.awaitText("h1", "orders");
		page.row("orders-a");
		page.tabTo("Search instances");
		page.keys("orders-b");
		page.awaitText(".bar .figure", "1 instance");
		test.etcd().etcdctl("del", "/services/stock/one");
	}

	@Test
	void pagesAreTurned() {
		Map<String, String> entries = new LinkedHashMap<>();
		for (int i = 0; i < 60; i++) {
			entries.put("/config/paged-%02d/key".formatted(i), "1");
		}
		test.putAll(entries);
		page.open("#/configuration");
		page.awaitText(".pager", "1–50 of");
		page.tabTo("Search applications");
		page.tabBackTo("Next");
		page.keys(Keys.ENTER);
		page.awaitText(".pager", "51–");
		assertThat(page.focused()).isEqualTo("Next");
		page.tabBackTo("Previous");
		page.keys(Keys.SPACE);
		page.awaitText(".pager", "1–50 of");
		assertThat(page.focused()).isEqualTo("Previous");
		test.etcd().etcdctl("del", "--prefix", "/config/paged-");
	}

	@Test
	void skipLinkLeadsToTheContent() {
		page.open("#/services/orders");
		page.row("orders-a");
		page.tabBackTo("Skip to the content");
		page.keys(Keys.ENTER);
		page.until("the content", () -> "main".equals(page.focusedId()));
		page.keys(Keys.TAB);
		assertThat(page.focused()).isEqualTo("Services");
		page.keys(Keys.ENTER);
		page.awaitText("h1", "Services");
	}

	@Test
	void instanceIsTakenOut() {
		page.open("#/services/orders");
		page.row("orders-b");
		page.tabTo("Take out orders-b…");
		page.keys(Keys.ENTER);
		assertThat(page.focused()).isEqualTo("Reason");
		page.keys("Maintenance", Keys.ENTER);
		page.awaitNone("dialog");
		page.until("out of service", () -> page.row("orders-b").getText().contains("Maintenance"));
		page.awaitFocus("Put back orders-b…");
		page.keys(Keys.ENTER, Keys.ENTER);
		page.until("back", () -> !page.row("orders-b").getText().contains("Maintenance"));
		page.awaitNone("dialog");
		page.awaitFocus("Take out orders-b…");
	}

	@Test
	void weightIsChanged() {
		page.open("#/services/orders");
		page.row("orders-a");
		page.tabTo("Weight of orders-a…");
		page.keys(Keys.ENTER);
		assertThat(page.focused()).isEqualTo("Weight");
		page.replace("5");
		page.tabTo("Reason");
		page.keys("More memory");
		page.tabTo("Duration");
		page.keys(Keys.ARROW_UP, Keys.ENTER);
		page.tabTo("Change weight");
		page.keys(Keys.ENTER);
		page.awaitNone("dialog");
		page.until("the weight", () -> page.row("orders-a").getText().contains("weight changed by operator"));
		page.awaitFocus("Weight of orders-a…");
		page.tabBackTo("Put back orders-a…");
		page.keys(Keys.ENTER, Keys.ENTER);
		page.until("back", () -> !page.row("orders-a").getText().contains("weight changed"));
	}

	@Test
	void stateIsRestoredFromTheHistory() {
		test.write(SIZE, "67", "First of two");
		long revision = test.revision(SIZE);
		test.write(SIZE, "68", "Second of two");
		page.open("#/history");
		page.tabTo("Prefix");
		page.replace("/config/orders/");
		page.keys(Keys.ENTER);
		page.until("the entry", () -> page.row("Second of two").isDisplayed());
		page.tabTo("1 key: " + SIZE);
		page.keys(Keys.SPACE);
		page.until("the difference", () -> page.row("Second of two").getText().contains("68"));
		page.tabTo("Restore the state of revision " + revision + "…");
		page.keys(Keys.ENTER);
		page.tabTo("Comment");
		page.keys("Back", Keys.ENTER);
		page.awaitText("dialog .result", "Restored as revision");
		page.awaitFocus("Close");
		page.keys(Keys.ENTER);
		page.awaitNone("dialog");
		page.awaitFocus("Restore the state of revision " + revision + "…");
		assertThat(test.get(SIZE)).isEqualTo("67");
	}

	@Test
	void historyIsPaged() {
		String prefix = "/config/keyboard-" + test.etcd().revision() + "/";
		for (int i = 0; i < 55; i++) {
			test.write(prefix + "key", String.valueOf(i), "write " + i);
		}
		page.open("#/history?prefix=" + prefix.replace("/", "%2F"));
		page.awaitText(".pager", "1–50 of 55");
		page.tabTo("Prefix");
		page.tabBackTo("Older");
		page.keys(Keys.ENTER);
		page.awaitText(".pager", "51–55 of 55");
		assertThat(page.focused()).isEqualTo("Older");
	}

	@Test
	void snapshotIsSavedRestoredAndDeleted() {
		page.open("#/snapshots?prefix=%2Fconfig%2Forders%2F");
		page.tabTo("Save snapshot…");
		page.keys(Keys.ENTER);
		assertThat(page.focused()).isEqualTo("Name");
		page.keys("before", Keys.ENTER);
		page.row("before");
		page.awaitFocus("Save snapshot…");
		test.put(SIZE, "69");
		page.tabTo("Restore before…");
		page.keys(Keys.ENTER);
		page.tabTo("Ask the instances, then restore");
		page.keys(Keys.ARROW_DOWN, Keys.ENTER);
		page.awaitText("dialog .result", "Restored as revision");
		page.awaitFocus("Close");
		page.keys(Keys.ENTER);
		page.awaitNone("dialog");
		page.awaitFocus("Restore before…");
		assertThat(test.get(SIZE)).isEqualTo("50");
		page.tabTo("Delete before…");
		page.keys(Keys.ENTER);
		assertThat(page.focused()).isEqualTo("Delete");
		page.keys(Keys.ENTER);
		page.awaitNone("dialog");
		page.until("no snapshot", () -> page.one(".empty").isDisplayed());
		page.awaitFocus("Snapshots");
	}

	@Test
	void prefixesAreCompared() {
		test.put("/config/staging/orders.page-size", "55");
		test.put("/config/production/orders.page-size", "56");
		page.open("#/difference");
		page.tabTo("Left prefix");
		page.keys("/config/staging/");
		page.tabTo("Right prefix");
		page.keys("/config/production/", Keys.ENTER);
		page.until("the difference", () -> page.row("orders.page-size").getText().contains("55"));
		page.tabTo("orders.page-size");
		page.keys(Keys.ENTER);
		page.awaitText("h1", "orders.page-size");
		page.awaitFocus("orders.page-size");
		test.etcd().etcdctl("del", "--prefix", "/config/staging/");
		test.etcd().etcdctl("del", "--prefix", "/config/production/");
	}

	@Test
	void fleetIsFiltered() {
		test.put(SIZE, "many");
		page.open("#/fleet");
		page.until("rejected", () -> page.row("orders-a").getText().contains("Rejects revision"));
		page.tabTo("All");
		page.keys(Keys.ARROW_RIGHT);
		page.until("behind", () -> page.focused().startsWith("Behind"));
		page.keys(Keys.ARROW_RIGHT);
		page.awaitFocus("Rejecting 2");
		page.awaitText(".bar .figure", "2 instances");
		page.tabBackTo("Search instances");
		page.keys("orders-b");
		page.awaitText(".bar .figure", "1 instance");
	}

}
