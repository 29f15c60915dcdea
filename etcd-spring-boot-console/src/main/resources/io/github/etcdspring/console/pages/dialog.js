import { element, say } from "./dom.js";

/** Room for the outline of a focused control, in pixels. */
const OUTLINE = 8;

/**
 * Open a modal dialog with a form. The browser keeps the focus inside and returns it to
 * the control that opened the dialog, or the title of the view if it is gone.
 *
 * @param {{title: string, action: string, tone: string, wide: boolean}} texts
 * @param {Node[]} fields content of the form
 * @param {function(Dialog): Promise<*>} submit runs the action; closes the dialog unless it returns `false`
 */
export function openDialog({ title, action, tone = "primary", wide = false }, fields, submit) {
	const problem = element("p", { class: "notice", "data-tone": "bad", role: "alert", hidden: true });
	const cancel = element("button", { type: "button", click: () => node.close() }, "Cancel");
	const run = element("button", { type: "submit", class: tone }, action);
	const foot = element("div", { class: "foot" }, problem, element("div", { class: "buttons" }, run, cancel));
	const form = element("form", { method: "dialog" }, ...fields, foot);
	const heading = element("h2", { id: "dialog-title" }, title);
	const node = element("dialog", { "aria-labelledby": "dialog-title", class: wide ? "wide" : null }, heading, form);
	const dialog = {
		node,
		form,
		fail(text) {
			problem.hidden = false;
			say(problem, text);
			problem.scrollIntoView({ block: "nearest" });
		},
		name(text) {
			say(run, text);
		},
		/** Leave only the result and a button to close the dialog. */
		finish() {
			run.remove();
			say(cancel, "Close");
			cancel.focus();
		}
	};
	form.addEventListener("submit", async (event) => {
		event.preventDefault();
		if (form.getAttribute("aria-busy")) {
			return;
		}
		form.setAttribute("aria-busy", "true");
		problem.hidden = true;
		try {
			if (await submit(dialog) !== false) {
				node.close();
			}
		}
		catch (error) {
			dialog.fail(error.message);
		}
		finally {
			form.removeAttribute("aria-busy");
		}
	});
	node.addEventListener("close", () => {
		node.remove();
		// The action may have removed the control that opened the dialog.
		if (document.activeElement === document.body) {
			document.querySelector("#view h1").focus({ preventScroll: true });
		}
	});
	/** Keep the focused control clear of the foot, which is sticky and grows with its notice. */
	function uncover() {
		node.style.scrollPaddingBottom = `${foot.offsetHeight + OUTLINE}px`;
		const focused = document.activeElement;
		if (form.contains(focused) && !foot.contains(focused) && focused.getBoundingClientRect().bottom > foot.getBoundingClientRect().top) {
			focused.scrollIntoView({ block: "nearest" });
		}
	}

	document.body.append(node);
	node.showModal();
	const sizes = new ResizeObserver(uncover);
	sizes.observe(foot);
	sizes.observe(form);
	return dialog;
}

/** Ask a question; resolves to whether the user agreed. */
export function confirm(title, text, action) {
	return new Promise((resolve) => {
		let agreed = false;
		const dialog = openDialog({ title, action, tone: "danger" }, [element("p", {}, text)], () => {
			agreed = true;
		});
		dialog.node.addEventListener("close", () => resolve(agreed));
	});
}

let fields = 0;

/**
 * Create a labelled field.
 *
 * @param {string} label
 * @param {HTMLElement} control input, select or textarea
 * @param {string} hint optional explanation
 */
export function field(label, control, hint) {
	control.id ||= `field-${++fields}`;
	const node = element("div", { class: "field" }, element("label", { for: control.id }, label), control);
	if (hint) {
		control.setAttribute("aria-describedby", `${control.id}-hint`);
		node.append(element("p", { class: "hint", id: `${control.id}-hint` }, hint));
	}
	return node;
}

/** Create a group of radio buttons; items are `[value, label, hint]`, the first is chosen. */
export function choice(legend, name, items, changed = () => {}) {
	return element("fieldset", { class: "choice", change: (event) => event.target.name === name && changed(event.target.value) },
		element("legend", {}, legend),
		...items.map(([value, label, hint], index) => element("label", {},
			element("input", { type: "radio", name, value, checked: index === 0 }),
			element("span", {}, element("strong", {}, label), element("span", { class: "hint" }, hint)))));
}
