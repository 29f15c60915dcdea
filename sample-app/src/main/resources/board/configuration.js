import { byId, element, reconcile, say } from "./dom.js";
import { time } from "./words.js";

const COLUMNS = ["Property", "Revision", "Value"];

/**
 * Show the configuration in force.
 *
 * @param {Object} view what the shop says
 * @param {?function(string): void} edit called with a key, `null` if nothing can be edited
 */
export function showConfiguration(view, edit) {
	say(byId("configuration-revision"), view.revision === 0 ? "Nothing has been read from etcd yet."
		: `Revision ${view.revision} of etcd is in force.`);
	showRejection(view.rejected);
	const table = byId("configuration-rows");
	if (view.rows.length === 0) {
		table.replaceChildren(element("p", { class: "quiet" }, "etcd holds nothing for the shop: its own defaults are in force."));
		return;
	}
	if (!table.querySelector("table")) {
		table.replaceChildren(createTable(view.editing));
	}
	reconcile(table.querySelector("tbody"), view.rows, (row) => `${row.origin} ${row.name}`,
		(row) => createRow(row, edit), updateRow);
}

function createTable(editing) {
	return element("table", { role: "table" },
		element("caption", { class: "visually-hidden" }, "Properties from etcd"),
		element("thead", { role: "rowgroup" }, element("tr", { role: "row" },
			...COLUMNS.slice(0, editing ? 3 : 2).map((name) => element("th", { scope: "col", role: "columnheader" }, name)))),
		element("tbody", { role: "rowgroup" }));
}

function createRow(row, edit) {
	const cells = [
		element("th", { scope: "row", role: "rowheader", class: "property" },
			element("span", { class: "id" }, row.name), element("span", { class: "where" })),
		element("td", { role: "cell", class: "revision", "data-label": "Revision" })
	];
	if (edit) {
		cells.push(element("td", { role: "cell", class: "value", "data-label": "Value" },
			element("code"), " ",
			element("button", { type: "button", class: "small", "aria-label": `Edit ${row.key}`, click: () => edit(row.key) }, "Edit")));
	}
	return element("tr", { role: "row", class: "property-row" }, ...cells);
}

function updateRow(node, row) {
	const place = row.location ? `${row.key}, ${row.location}` : row.key;
	say(node.querySelector(".where"), `${place} · ${row.origin}${row.hidden ? " · hidden by a source that wins" : ""}`);
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
		say(byId("rejection-text"), `Revision ${rejected.revision} of etcd, since ${time(rejected.since)}: ${rejected.reason}`);
	}
}
