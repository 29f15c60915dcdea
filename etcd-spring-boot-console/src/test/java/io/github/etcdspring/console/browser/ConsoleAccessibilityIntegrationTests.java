package io.github.etcdspring.console.browser;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that each page and dialog is accessible, in each size and color scheme.
 */
class ConsoleAccessibilityIntegrationTests extends AbstractConsolePagesTests {

	@ParameterizedTest
	@CsvSource({ "1440, light", "1440, dark", "800, light", "360, light", "360, dark" })
	void eachPageIsAccessibleInEachSizeAndColorScheme(int width, String scheme) {
		test.browser().view(width, 900, scheme);
		for (String view : VIEWS) {
			page.open(view);
			assertThat(page.shown("#failure")).as(view).isEmpty();
			assertThat(test.browser().violations()).as(view).isEmpty();
			assertThat(page.overflow()).as(view).isZero();
		}
		assertThat(test.browser().takeConsoleErrors()).isEmpty();
	}

	@ParameterizedTest
	@CsvSource({ "1440, light", "1440, dark", "360, light", "360, dark" })
	void eachDialogIsAccessibleInEachSizeAndColorScheme(int width, String scheme) {
		test.browser().view(width, 900, scheme);
		page.open("#/services/orders");
		page.press(page.row("orders-a"), "Take out…");
		checkDialog();
		page.openKey(DOCUMENT);
		page.one("#value").sendKeys("more: true");
		page.press("Review and save…");
		page.awaitText("dialog .diff", "more: true");
		checkDialogKept();
		page.choose("rollout");
		checkDialogKept();
		page.choose("ask");
		page.press("Ask");
		page.awaitText("dialog .result", "accepts");
		checkDialog();
		page.press("Revert");
		page.open("#/history?prefix=%2Fconfig%2Forders%2F");
		page.all("#view summary").get(0).click();
		page.press(page.row(SIZE), "Restore…");
		checkDialog();
		page.open("#/snapshots");
		page.press("Save snapshot…");
		checkDialog();
	}

	private static void checkDialog() {
		checkDialogKept();
		page.keys(Keys.ESCAPE);
		page.awaitNone("dialog");
	}

	private static void checkDialogKept() {
		assertThat(test.browser().violations()).isEmpty();
		assertThat(page.overflow()).isZero();
		assertThat(test.browser().driver().executeScript("""
				const dialog = document.querySelector('dialog');
				return dialog.scrollWidth - dialog.clientWidth""")).isEqualTo(0L);
	}

	@Test
	void eachControlIsReachedByTabAndShowsItsFocus() {
		for (String view : VIEWS) {
			page.open(view);
			long all = (Long) test.browser().driver().executeScript("""
					document.body.tabIndex = -1; document.body.focus();
					let n = 0;
					for (const one of document.querySelectorAll('[data-order]')) delete one.dataset.order;
					const names = new Set();
					for (const one of document.querySelectorAll('a, button, input, textarea, select, summary')) {
						const isMember = one.type === 'radio' && names.has(one.name);
						if (one.checkVisibility() && !isMember) one.dataset.order = n++;
						if (one.type === 'radio') names.add(one.name);
					}
					return n""");
			List<String> reached = new ArrayList<>();
			for (int i = 0; i < all; i++) {
				page.keys(Keys.TAB);
				WebElement focused = test.browser().driver().switchTo().activeElement();
				if (!"radio".equals(focused.getAttribute("type"))) {
					assertThat(focused.getCssValue("outline-style")).as(focused.toString()).isNotEqualTo("none");
				}
				reached.add(focused.getAttribute("data-order"));
			}
			assertThat(reached).as(view)
				.isEqualTo(Stream.iterate(0L, (n) -> n < all, (n) -> n + 1).map(String::valueOf).toList());
		}
	}

	@ParameterizedTest
	@CsvSource({ "360, 400", "360, 640", "1440, 450" })
	void footOfADialogHidesNoFocusedControl(int width, int height) {
		test.browser().view(width, height, "light");
		page.review(SIZE, "61");
		page.awaitText("dialog .diff ins", "61");
		page.tabTo("Comment");
		test.put(SIZE, "a much longer value, which the foot shows as well ".repeat(4));
		page.keys(Keys.ENTER);
		page.awaitText("dialog [role=alert]", "modified concurrently");
		page.awaitFocus("Comment");
		page.until("a visible field", () -> hiddenPixels() == 0);
		page.choose("rollout");
		List<String> hidden = new ArrayList<>();
		List<String> reached = new ArrayList<>();
		for (Runnable step : List.<Runnable>of(() -> page.keys(Keys.TAB), () -> page.chord(Keys.SHIFT, Keys.TAB))) {
			page.tabTo("Start rollout");
			do {
				step.run();
				reached.add(page.focused());
				if (hiddenPixels() > 0) {
					hidden.add(page.focused() + " by " + hiddenPixels());
				}
			}
			while (!"Start rollout".equals(page.focused()));
		}
		assertThat(reached).contains("Share (%)", "Instances", "Add step", "Comment");
		assertThat(hidden).isEmpty();
		page.keys(Keys.ESCAPE);
		page.awaitNone("dialog");
		page.press("Revert");
	}

	/** How many pixels of the focused control of a dialog are hidden by its foot. */
	private static double hiddenPixels() {
		return ((Number) test.browser().driver().executeScript("""
				const foot = document.querySelector('dialog .foot');
				const focused = document.activeElement;
				return !focused.closest('dialog form') || foot.contains(focused) ? 0
					: Math.max(0, focused.getBoundingClientRect().bottom - foot.getBoundingClientRect().top)"""))
			.doubleValue();
	}

	@Test
	void pushedChangeKeepsTheFocus() {
		page.open("#/configuration/orders");
		page.tabTo("orders.page-size");
		test.put("/config/orders/another", "1");
		page.row("another");
		assertThat(page.focused()).isEqualTo("orders.page-size");
		test.etcd().etcdctl("del", "/config/orders/another");
	}

}
