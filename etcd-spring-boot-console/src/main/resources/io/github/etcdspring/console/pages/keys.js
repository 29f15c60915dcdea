import { get, may, session } from "./api.js";
import { field, openDialog } from "./dialog.js";
import { element, say } from "./dom.js";
import { head, listing, table } from "./listing.js";
import { to, toKey } from "./route.js";

/** Longest value shown in the table. */
const SHORT = 120;

/** Keys of an application. */
export function keysView({ names: [application], parameters }) {
	const prefix = `${session.configPrefix}${application}/`;
	const list = listing({
		label: "keys",
		search: may("EDITOR") ? "Search keys and values" : "Search keys",
		empty: `etcd has no keys below ${prefix}.`,
		table: table(`Keys of ${application}`, [
			{ title: "Property", class: "main", create: createName, update: showName },
			{ title: "Value", class: "value", create: (cell) => cell.append(element("code")), update: showValue },
			{ title: "Revision", class: "figure", update: (cell, item) => say(cell, String(item.revision)) }
		], (item) => item.key),
		size: 100,
		parameters,
		load: (query, signal) => get("configuration", { application, ...query }, signal)
	});
	return {
		title: application,
		topics: ["configuration"],
		node: element("div", {}, head(application, {
			path: [["Configuration", "#/configuration"]],
			actions: [
				element("a", { class: "button", href: to(["history"], { prefix }) }, "History"),
				may("EDITOR") && element("a", { class: "button", href: to(["snapshots"], { prefix }) }, "Snapshots"),
				element("a", { class: "button", href: to(["difference"], { left: prefix }) }, "Compare"),
				may("EDITOR") && element("button", { type: "button", class: "primary", click: () => createKey(prefix) }, "New key…")
			].filter(Boolean)
		}), list.bar, list.node),
		load: list.load
	};
}

function createName(cell) {
	cell.append(element("a", { class: "id" }), element("span", { class: "where" }));
}

function showName(cell, item) {
	cell.firstChild.href = toKey(item.key);
	say(cell.firstChild, item.property ?? item.key.slice(item.key.lastIndexOf("/") + 1));
	say(cell.lastChild, item.document ? `${item.key} · document` : item.key);
}

function showValue(cell, item) {
	const text = cell.firstChild;
	text.classList.toggle("hidden-value", item.value === null);
	const line = (item.value ?? "hidden").trim().replaceAll(/\s*\n\s*/g, " ⏎ ");
	say(text, line.length > SHORT ? `${line.slice(0, SHORT)}…` : line);
}

function createKey(prefix) {
	const name = element("input", { required: true, autocomplete: "off", spellcheck: "false", autofocus: true, pattern: "[^\\/].*" });
	openDialog({ title: "New key", action: "Open" }, [
		field("Name", name, `Property name, or name of a document such as application.yaml, below ${prefix}`)
	], () => {
		location.hash = toKey(prefix + name.value.trim());
	});
}
