import { byId, element, reconcile, say } from "./dom.js";
import { open, restore, write } from "./keys.js";

/** The key that is open, as etcd held it when it was shown: `{key, value, revision, versions}`. */
let opened = null;

/** What the shop has said last. */
let latest = null;

/** Revision that has been written from here, until it is known what has become of it. */
let awaited = 0;

let form;

/** Make the form, once: whoever types is not interrupted. */
export function prepareEditor(editing) {
	if (form) {
		return;
	}
	form = byId("editor");
	form.hidden = false;
	byId("key").value = editing.callsPerSecond;
	byId("key-hint").textContent = `Any key that begins with ${editing.prefix}`;
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

/** Open a key for whoever asked for it elsewhere. */
export function edit(key) {
	byId("key").value = key;
	onSubmit(() => show(key, true))();
}

/** Say what has become of what was written. */
export function tellOutcome(view) {
	latest = view;
	if (awaited > 0 && view.rejected && view.rejected.revision >= awaited) {
		tell("bad", `Revision ${awaited} was written, and the shop rejects it, as is said above. It goes on with revision ${view.revision}.`);
		awaited = 0;
	}
	else if (awaited > 0 && view.revision >= awaited) {
		tell("good", `Revision ${awaited} was written, and is in force.`);
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
			element("span", { class: "quiet" }, "in etcd now")));
}

function updateVersion(row, version) {
	const isNow = version === opened.versions[0];
	row.querySelector("button").hidden = isNow;
	row.querySelector(".quiet").hidden = !isNow;
}

function put(value) {
	return written((key, revision) => write(key, value, revision));
}

/** Write something at the revision that is shown, and show what stands in etcd after that. */
async function written(action) {
	const { key, revision } = opened;
	try {
		const now = (await action(key, revision)).revision;
		awaited = now;
		tell("wait", `Revision ${now} was written.`);
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
		tell("bad", `Somebody else was faster, and nothing was written. ${present(opened)}`
			+ " Your text is still here: write it again to replace that.");
	}
}

function present(entry) {
	return entry.revision === 0 ? `${entry.key} has been deleted.` : `Revision ${entry.revision} now holds “${entry.value}”.`;
}

function tell(tone, text) {
	const result = byId("result");
	result.dataset.tone = tone ?? "";
	result.classList.toggle("notice", text !== "");
	say(result, text);
}
