import { get, may, session } from "./api.js";
import { review } from "./change.js";
import { openDialog } from "./dialog.js";
import { difference } from "./difference.js";
import { element, say } from "./dom.js";
import { head, table } from "./listing.js";
import { to } from "./route.js";
import { isDocument } from "./words.js";

/** A key: its value, an editor, and its versions. */
export function keyView({ parameters, reload }) {
	const key = parameters.get("key") ?? "";
	const isWhole = isDocument(key);
	let entry = null;
	/** Revision that the text in the editor is based on. */
	let base = null;
	/** Revision whose difference from the base is shown. */
	let told = null;

	const state = element("p", { class: "quiet", id: "key-state" });
	const rollout = element("p", { class: "notice", hidden: true }, element("span"), " ", element("a", { href: "#/rollouts" }, "Rollouts"));
	const changed = element("div", { class: "notice", "data-tone": "bad", role: "alert", hidden: true });
	const editor = element("textarea", {
		id: "value", rows: 1, class: isWhole ? "document" : null, spellcheck: "false", autocomplete: "off", autocapitalize: "off",
		"aria-describedby": "key-state", input: onInput
	});
	const preview = element("div", { id: "preview", hidden: true });
	const form = element("form", { class: "panel editor", hidden: true, submit: onSubmit },
		element("label", { for: "value" }, isWhole ? "Document" : "Value"), editor, state, changed, preview,
		element("div", { class: "buttons" },
			element("button", { type: "submit", class: "primary" }, "Review and save…"),
			element("button", { type: "button", id: "revert", hidden: true, click: revert }, "Revert"),
			element("button", { type: "button", id: "delete", class: "danger", click: () => save("Delete", null) }, "Delete key…")));
	const unreadable = element("p", { class: "panel quiet", hidden: true }, "Values are hidden for your role.");
	const versions = table(`Versions of ${key}`, [
		{ title: "Revision", class: "main", update: (cell, item) => say(cell, String(item.revision)) },
		{ title: "Value", class: "value", create: (cell) => cell.append(element("code")), update: showVersion },
		may("EDITOR") && { title: "Actions", class: "action", quiet: true, create: createActions, update: updateActions }
	], (item) => String(item.revision));
	const application = key.startsWith(session.configPrefix) ? key.slice(session.configPrefix.length).split("/")[0] : null;
	const node = element("div", {},
		head(key.slice(key.lastIndexOf("/") + 1) || key, {
			path: [["Configuration", "#/configuration"], ...(application ? [[application, to(["configuration", application])]] : [])],
			lead: key,
			actions: [element("a", { class: "button", href: to(["history"], { prefix: key }) }, "History")]
		}),
		rollout, form, unreadable,
		element("section", { class: "panel", "aria-labelledby": "versions-title" }, element("h2", { id: "versions-title" }, "Versions"), versions.node));

	function dirty() {
		return entry !== null && !entry.valuesHidden && editor.value !== (base.value ?? "");
	}

	async function load(signal) {
		const [now, rollouts] = await Promise.all([get("key", { key }, signal), get("rollouts", {}, signal)]);
		const isFirst = entry === null;
		const wasDirty = dirty();
		entry = now;
		form.hidden = !may("EDITOR") || now.valuesHidden;
		unreadable.hidden = !now.valuesHidden;
		versions.show(now.versions);
		const live = rollouts.items.find((item) => item.keys.includes(key));
		rollout.hidden = !live;
		if (live) {
			say(rollout.firstChild, `A rollout of this key by ${live.author} is in step ${live.step} of ${live.steps}.`);
		}
		if (isFirst || !wasDirty) {
			adopt();
			if (isFirst) {
				resize();
			}
		}
		else {
			tellChange();
		}
	}

	/** Show the value of etcd in the editor. */
	function adopt() {
		base = entry;
		if (editor.value !== (entry.value ?? "")) {
			editor.value = entry.value ?? "";
		}
		onInput();
		tellChange();
	}

	/** Tell that another value was saved while the text in the editor was changed. */
	function tellChange() {
		say(state, base.revision === 0 ? "This key does not exist yet. Saving creates it." : `Revision ${base.revision}`);
		form.querySelector("#delete").hidden = entry.revision === 0;
		changed.hidden = entry.revision === base.revision;
		// Buttons that are drawn again would lose the focus.
		if (!changed.hidden && told !== entry.revision) {
			told = entry.revision;
			changed.replaceChildren(
				element("p", {}, entry.revision === 0 ? "The key was deleted while you were editing."
					: `Revision ${entry.revision} was saved while you were editing:`),
				difference("Difference from your base to the current value", base.value, entry.value),
				element("div", { class: "buttons" },
					element("button", { type: "button", class: "small", click: keep }, "Keep my text"),
					element("button", { type: "button", class: "small", click: take }, "Use the current value")));
		}
	}

	function keep() {
		base = entry;
		tellChange();
		onInput();
		editor.focus();
	}

	function take() {
		adopt();
		editor.focus();
	}

	function revert() {
		adopt();
		editor.focus();
	}

	function onInput() {
		const isDirty = dirty();
		form.querySelector("#revert").hidden = !isDirty;
		preview.hidden = !isDirty;
		if (isDirty) {
			preview.replaceChildren(difference("Unsaved change", base.value, editor.value));
		}
		resize();
	}

	function resize() {
		editor.rows = Math.min(30, Math.max(isWhole ? 10 : 1, editor.value.split("\n").length));
	}

	function onSubmit(event) {
		event.preventDefault();
		save("Save", editor.value);
	}

	function save(verb, value) {
		return review(`${verb} ${key.slice(key.lastIndexOf("/") + 1)}`, [{ key, value, revision: base.revision }], async () => {
			// What is shown is saved, or being rolled out: nothing is lost.
			entry = null;
			await reload();
		});
	}

	function showVersion(cell, item) {
		const text = cell.firstChild;
		const isHidden = !item.deleted && item.value === null;
		text.classList.toggle("hidden-value", isHidden || item.deleted);
		say(text, item.deleted ? "deleted" : isHidden ? "hidden" : item.value);
	}

	function createActions(cell, now) {
		cell.append(element("button", { type: "button", class: "small", click: () => show(now()) }, "Difference"), " ",
			element("button", { type: "button", class: "small", click: () => save("Restore", now().deleted ? null : now().value) }, "Restore…"),
			element("span", { class: "quiet" }, "current"));
	}

	function updateActions(cell, item) {
		const [compare, restore, current] = cell.children;
		const isCurrent = item.revision === entry.versions[0].revision;
		compare.hidden = isCurrent;
		restore.hidden = isCurrent;
		current.hidden = !isCurrent;
		compare.setAttribute("aria-label", `Difference from revision ${item.revision}`);
		restore.setAttribute("aria-label", `Restore revision ${item.revision}…`);
	}

	function show(version) {
		const dialog = openDialog({ title: `Revision ${version.revision} and current value`, action: "Close", wide: true }, [
			difference("Difference", version.deleted ? null : version.value, entry.value)
		], () => {});
		dialog.finish();
	}

	return { title: key, topics: ["configuration", "rollouts"], node, load, dirty };
}
