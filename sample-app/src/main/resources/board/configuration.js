import { byId, element, reconcile, say } from "./dom.js";
import { linkToKey } from "./links.js";
import { time } from "./moments.js";

const COLUMNS = ["Property", "Revision"];

/**
 * Show the applied configuration.
 *
 * @param {Object} view content of the topic
 */
export function showConfiguration(view) {
	say(byId("configuration-revision"), view.revision === 0 ? "No configuration has been read from etcd yet."
		: `Applied revision: ${view.revision}`);
	showRejection(view.rejected);
	const table = byId("configuration-rows");
	if (view.rows.length === 0) {
		table.replaceChildren(element("p", { class: "quiet" }, "etcd has no configuration for the shop. The shop uses its defaults."));
		return;
	}
	if (!table.querySelector("table")) {
		table.replaceChildren(createTable());
	}
	reconcile(table.querySelector("tbody"), view.rows, (row) => `${row.origin} ${row.name}`, createRow, updateRow);
}

function createTable() {
	return element("table", { role: "table" },
		element("caption", { class: "visually-hidden" }, "Properties from etcd"),
		element("thead", { role: "rowgroup" }, element("tr", { role: "row" },
			...COLUMNS.map((name) => element("th", { scope: "col", role: "columnheader" }, name)))),
		element("tbody", { role: "rowgroup" }));
}

function createRow(row) {
	return element("tr", { role: "row", class: "property-row" },
		element("th", { scope: "row", role: "rowheader", class: "property" },
			element("a", { class: "id" }, row.name), element("span", { class: "where" })),
		element("td", { role: "cell", class: "revision", "data-label": "Revision" }));
}

function updateRow(node, row) {
	const place = row.location ? `${row.key}, ${row.location}` : row.key;
	node.querySelector(".id").href = linkToKey(row.key);
	say(node.querySelector(".where"), `${place} · ${row.origin}${row.hidden ? " · overridden by a source with higher precedence" : ""}`);
	node.classList.toggle("hidden-by-another", row.hidden);
	say(node.querySelector(".revision"), String(row.revision));
}

function showRejection(rejected) {
	byId("rejection").hidden = !rejected;
	if (rejected) {
		say(byId("rejection-text"), `Revision ${rejected.revision}, rejected at ${time(rejected.since)}: ${rejected.reason}`);
	}
}
