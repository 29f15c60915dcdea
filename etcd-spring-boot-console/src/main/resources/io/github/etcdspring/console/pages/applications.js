import { get, session } from "./api.js";
import { element, say } from "./dom.js";
import { head, listing, table } from "./listing.js";
import { to } from "./route.js";
import { number } from "./words.js";

/** Applications that have configuration. */
export function applicationsView({ parameters }) {
	const list = listing({
		label: "applications",
		search: "Search applications",
		empty: `etcd has no configuration below ${session.configPrefix}.`,
		table: table("Applications", [
			{
				title: "Application", class: "main",
				create: (cell) => cell.append(element("a", { class: "id" })),
				update(cell, item) {
					cell.firstChild.href = to(["configuration", item.name]);
					say(cell.firstChild, item.name);
				}
			},
			{ title: "Keys", class: "figure", update: (cell, item) => say(cell, number(item.keys)) }
		], (item) => item.name),
		size: 50,
		parameters,
		load: (query, signal) => get("applications", query, signal)
	});
	return {
		title: "Configuration",
		topics: ["configuration"],
		node: element("div", {}, head("Configuration", { lead: `Keys below ${session.configPrefix}, by application and profile.` }), list.bar, list.node),
		load: list.load
	};
}
