import { byId, element, reconcile, say } from "./dom.js";
import { edit, prepareEditor, tellOutcome } from "./editor.js";
import { time } from "./words.js";

const COLUMNS = ["Property", "Revision", "Value"];

/**
 * Show the applied configuration.
 *
 * @param {Object} view content of the topic
 */
export function showConfiguration(view) {
	if (view.editing) {
		prepareEditor(view.editing);
	}
	say(byId("configuration-revision"), view.revision === 0 ? "No configuration has been read from etcd yet."
		: `Applied revision: ${view.revision}`);
	showRejection(view.rejected);
	tellOutcome(view);
	const table = byId("configuration-rows");
	if (view.rows.length === 0) {
		table.replaceChildren(element("p", { class: "quiet" }, "etcd has no configuration for the shop. The shop uses its defaults."));
		return;
	}
	if (!table.querySelector("table")) {
		table.replaceChildren(createTable(view.editing !== null));
	}
	reconcile(table.querySelector("tbody"), view.rows, (row) => `${row.origin} ${row.name}`,
		(row) => createRow(row, view.editing !== null), updateRow);
}

function createTable(editable) {
	return element("table", { role: "table" },
		element("caption", { class: "visually-hidden" }, "Properties from etcd"),
		element("thead", { role: "rowgroup" }, element("tr", { role: "row" },
			...COLUMNS.slice(0, editable ? 3 : 2).map((name) => element("th", { scope: "col", role: "columnheader" }, name)))),
		element("tbody", { role: "rowgroup" }));
}

function createRow(row, editable) {
	const cells = [
		element("th", { scope: "row", role: "rowheader", class: "property" },
			element("span", { class: "id" }, row.name), element("span", { class: "where" })),
		element("td", { role: "cell", class: "revision", "data-label": "Revision" })
	];
	if (editable) {
		cells.push(element("td", { role: "cell", class: "value", "data-label": "Value" },
			element("code"), " ",
			element("button", { type: "button", class: "small", "aria-label": `Edit ${row.key}`, click: () => edit(row.key) }, "Edit")));
	}
	return element("tr", { role: "row", class: "property-row" }, ...cells);
}

function updateRow(node, row) {
	const place = row.location ? `${row.key}, ${row.location}` : row.key;
	say(node.querySelector(".where"), `${place} · ${row.origin}${row.hidden ? " · overridden by a source with higher precedence" : ""}`);
	node.classList.toggle("hidden-by-another", row.hidden);
	say(node.querySelector(".revision"), String(row.revision));
	const value = node.querySelector("code");
	if (value) {
		say(value, row.value ?? "");
	}
}

function showRejection(rejected) {
	byId("rejection").hidden = !rejected;
	if (rejected) {
		say(byId("rejection-text"), `Revision ${rejected.revision}, rejected at ${time(rejected.since)}: ${rejected.reason}`);
	}
}
