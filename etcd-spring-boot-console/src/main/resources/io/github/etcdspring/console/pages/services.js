import { get } from "./api.js";
import { badge, element, say, sayState } from "./dom.js";
import { head, listing, table } from "./listing.js";
import { to } from "./route.js";
import { number } from "./words.js";

/** Services with the number of their instances. */
export function servicesView({ parameters }) {
	const list = listing({
		label: "services",
		search: "Search services",
		empty: "No services are registered.",
		table: table("Services", [
			{
				title: "Service", class: "main",
				create: (cell) => cell.append(element("a", { class: "id" })),
				update(cell, item) {
					cell.firstChild.href = to(["services", item.service]);
					say(cell.firstChild, item.service);
				}
			},
			{ title: "Status", class: "state", create: (cell) => cell.append(badge(), " ", badge()), update: showState },
			{ title: "Instances", class: "figure", update: (cell, item) => say(cell, number(item.instances)) },
			{ title: "Zones", update: (cell, item) => say(cell, item.zones.join(", ") || "–") },
			{ title: "Versions", update: (cell, item) => say(cell, item.versions.join(", ") || "–") }
		], (item) => item.service),
		size: 50,
		parameters,
		load: (query, signal) => get("services", query, signal)
	});
	return {
		title: "Services",
		topics: ["services", "overrides"],
		node: element("div", {}, head("Services", { lead: "Registered in etcd, updated live." }), list.bar, list.node),
		load: list.load
	};
}

function showState(cell, item) {
	const [up, out] = cell.children;
	const state = item.up === item.instances ? "good" : item.up === 0 ? "bad" : "warn";
	sayState(up, state, item.up === item.instances ? "All up" : `${number(item.up)} of ${number(item.instances)} up`);
	out.hidden = item.outOfService === 0;
	say(out, `${number(item.outOfService)} out of service`);
}
