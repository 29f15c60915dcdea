import { get } from "./api.js";
import { badge, element, say, sayState } from "./dom.js";
import { head, listing, table } from "./listing.js";
import { remember, to } from "./route.js";
import { number, rejection } from "./words.js";

const STATES = [["all", "All"], ["behind", "Behind"], ["rejected", "Rejecting"]];

/** Which instance uses which revision of the configuration. */
export function fleetView({ parameters }) {
	let state = parameters.get("state") ?? "all";
	const rejected = element("strong");
	const behind = element("strong");
	const list = listing({
		label: "instances",
		search: "Search instances",
		empty: "No instances in this state.",
		table: table("Instances by revision", [
			{ title: "Instance", class: "main", create: createName, update: showName },
			{ title: "State", class: "state", create: (cell) => cell.append(badge(), element("span", { class: "where" })), update: showState },
			{ title: "Applied", class: "figure", update: (cell, item) => say(cell, String(item.applied)) },
			{ title: "Seen", class: "figure", update: (cell, item) => say(cell, String(item.seen)) },
			{ title: "Zone", class: "short", update: (cell, item) => say(cell, item.zone ?? "–") },
			{ title: "Version", class: "short", update: (cell, item) => say(cell, item.version ?? "–") }
		], (item) => `${item.service}/${item.instance}`),
		size: 100,
		parameters,
		async load(query, signal) {
			const answer = await get("fleet", { ...query, state }, signal);
			say(rejected, number(answer.rejected));
			say(behind, number(answer.behind));
			return answer;
		}
	});
	const filter = element("fieldset", { class: "segments", change(event) {
		state = event.target.value;
		remember({ state: state === "all" ? "" : state });
		list.first();
	} }, element("legend", { class: "visually-hidden" }, "State"), ...STATES.map(([value, text]) => element("label", {},
		element("input", { type: "radio", name: "state", value, checked: value === state }),
		element("span", {}, text, ...(value === "all" ? [] : [" ", value === "behind" ? behind : rejected])))));
	list.bar.insertBefore(filter, list.bar.lastChild);
	return {
		title: "Fleet",
		topics: ["fleet", "configuration"],
		node: element("div", {}, head("Fleet", { lead: "Revision of the configuration that each instance uses." }), list.bar, list.node),
		load: list.load
	};
}

function createName(cell) {
	cell.append(element("span", { class: "id" }), element("a", { class: "where" }));
}

function showName(cell, item) {
	say(cell.firstChild, item.instance);
	say(cell.lastChild, item.service);
	cell.lastChild.href = to(["services", item.service]);
}

function showState(cell, item) {
	const [mark, why] = cell.children;
	if (item.rejected) {
		sayState(mark, "bad", `Rejects revision ${item.rejected.revision}`);
		say(why, rejection(item.rejected));
	}
	else {
		sayState(mark, item.behind ? "warn" : "good", item.behind ? "Behind" : "Current");
		say(why, "");
	}
}
