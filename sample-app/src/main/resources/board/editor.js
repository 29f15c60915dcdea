import { byId, element, reconcile, say } from "./dom.js";
import { open, restore, write } from "./keys.js";

/** The open key as it was read from etcd: `{key, value, revision, versions}`. */
let opened = null;

/** The latest content of the configuration topic. */
let latest = null;

/** Revision saved here whose outcome is not known yet, 0 if there is none. */
let awaited = 0;

let form;

/** Prepare the form once, so that typing is never interrupted. */
export function prepareEditor(editing) {
	if (form) {
		return;
	}
	form = byId("editor");
	form.hidden = false;
	byId("key").value = editing.callsPerSecond;
	byId("key-hint").textContent = `Any key below ${editing.prefix}`;
	byId("open-form").addEventListener("submit", onSubmit(() => show(byId("key").value.trim(), true)));
	byId("value-form").addEventListener("submit", onSubmit(() => put(byId("value").value)));
	byId("delete").addEventListener("click", onSubmit(() => put(null)));
	for (const button of byId("try").querySelectorAll("button")) {
		button.addEventListener("click", onSubmit(async () => {
			await show(editing.callsPerSecond, false);
			byId("value").value = button.dataset.value;
			await put(button.dataset.value);
		}));
	}
}

/** Open a key from another part of the page. */
export function edit(key) {
	byId("key").value = key;
	onSubmit(() => show(key, true))();
}

/** Show whether the saved revision was applied or rejected. */
export function tellOutcome(view) {
	latest = view;
	if (awaited > 0 && view.rejected && view.rejected.revision >= awaited) {
		tell("bad", `Revision ${awaited} was saved, but the shop rejected it (see above) and keeps revision ${view.revision}.`);
		awaited = 0;
	}
	else if (awaited > 0 && view.revision >= awaited) {
		tell("good", `Revision ${awaited} was saved and applied.`);
		awaited = 0;
	}
}

function onSubmit(action) {
	return async (event) => {
		event?.preventDefault();
		form.setAttribute("aria-busy", "true");
		try {
			await action();
		}
		catch (error) {
			tell("bad", error.message);
		}
		finally {
			form.removeAttribute("aria-busy");
		}
	};
}

async function show(key, focus) {
	tell(null, "");
	opened = await open(key);
	byId("key").value = key;
	byId("value").value = opened.value ?? "";
	showOpened();
	if (focus) {
		byId("value").focus();
	}
}

function showOpened() {
	byId("value-form").hidden = false;
	byId("history").hidden = opened.versions.length === 0;
	byId("delete").hidden = opened.revision === 0;
	say(byId("value-hint"), opened.revision === 0 ? `${opened.key} does not exist in etcd.`
		: `${opened.key} at revision ${opened.revision} of etcd.`);
	reconcile(byId("versions"), opened.versions, (version) => String(version.revision), createVersion, updateVersion);
}

function createVersion(version) {
	return element("tr", { role: "row" },
		element("th", { scope: "row", role: "rowheader" }, String(version.revision)),
		element("td", { role: "cell" }, version.value === null ? element("em", {}, "deleted") : element("code", {}, version.value)),
		element("td", { role: "cell", class: "action" },
			element("button", {
				type: "button", class: "small", "aria-label": `Restore revision ${version.revision}`,
				click: onSubmit(() => written((key, revision) => restore(key, version.revision, revision)))
			}, "Restore"),
			element("span", { class: "quiet" }, "current")));
}

function updateVersion(row, version) {
	const isNow = version === opened.versions[0];
	row.querySelector("button").hidden = isNow;
	row.querySelector(".quiet").hidden = !isNow;
}

function put(value) {
	return written((key, revision) => write(key, value, revision));
}

/** Save at the shown revision, then show the new content of the key. */
async function written(action) {
	const { key, revision } = opened;
	try {
		const now = (await action(key, revision)).revision;
		awaited = now;
		tell("wait", `Revision ${now} was saved.`);
		tellOutcome(latest);
		opened = await open(key);
		showOpened();
	}
	catch (error) {
		if (error.status !== 409) {
			throw error;
		}
		opened = await open(key);
		showOpened();
		tell("bad", `Not saved: the key was modified concurrently. ${present(opened)}`
			+ " Save again to overwrite it with your value.");
	}
}

function present(entry) {
	return entry.revision === 0 ? "The key was deleted." : `Revision ${entry.revision} has the value “${entry.value}”.`;
}

function tell(tone, text) {
	const result = byId("result");
	result.dataset.tone = tone ?? "";
	result.classList.toggle("notice", text !== "");
	say(result, text);
}
