import { get, may } from "./api.js";
import { badge, element, say, sayState } from "./dom.js";
import { head, listing, table } from "./listing.js";
import { changeWeight, putBack, takeOut } from "./override.js";
import { rejection, status, time } from "./words.js";

/** Instances of a service. */
export function instancesView({ names: [service], parameters, reload }) {
	const list = listing({
		label: "instances",
		search: "Search instances",
		empty: `No instances of ${service} are registered.`,
		table: table(`Instances of ${service}`, [
			{ title: "Instance", class: "main", create: createName, update: showName },
			{ title: "Status", class: "state", create: (cell) => cell.append(badge(), element("span", { class: "where" })), update: showStatus },
			{ title: "Zone", class: "short", update: (cell, item) => say(cell, item.zone ?? "–") },
			{ title: "Version", class: "short", update: (cell, item) => say(cell, item.version ?? item.fleet?.version ?? "–") },
			{ title: "Weight", class: "figure", update: (cell, item) => say(cell, String(item.override?.weight ?? item.weight ?? 1)) },
			{ title: "Configuration", class: "state", create: (cell) => cell.append(badge(), element("span", { class: "where" })), update: showFleet },
			may("OPERATOR") && { title: "Actions", class: "action", quiet: true, create: (cell, now) => createActions(cell, now, service, reload), update: showActions }
		], (item) => item.id),
		size: 100,
		parameters,
		load: (query, signal) => get("instances", { service, ...query }, signal)
	});
	return {
		title: service,
		topics: ["services", "overrides", "fleet"],
		node: element("div", {}, head(service, { path: [["Services", "#/services"]] }), list.bar, list.node),
		load: list.load
	};
}

function createName(cell) {
	cell.append(element("span", { class: "id" }), element("span", { class: "where" }));
}

function showName(cell, item) {
	const metadata = Object.entries(item.metadata ?? {}).map(([name, value]) => `${name}=${value}`);
	say(cell.firstChild, item.id);
	say(cell.lastChild, [item.uri, `revision ${item.revision}`, ...metadata].join(" · "));
}

function showStatus(cell, item) {
	const [mark, why] = cell.children;
	const override = item.override;
	const name = override?.type === "OUT_OF_SERVICE" ? "OUT_OF_SERVICE" : item.status;
	sayState(mark, name === "UP" ? "good" : name === "DOWN" ? "bad" : "warn", status(name));
	say(why, override ? [override.type === "WEIGHT" ? "weight changed" : "taken out", `by ${override.owner}`,
		override.until ? `until ${time(override.until)}` : "", override.reason ? `: ${override.reason}` : ""].filter(Boolean).join(" ").replace(" : ", ": ") : "");
}

function showFleet(cell, item) {
	const [mark, why] = cell.children;
	mark.hidden = !item.fleet;
	if (!item.fleet) {
		say(why, "not reported");
		return;
	}
	const rejected = item.fleet.rejected;
	sayState(mark, rejected ? "bad" : item.fleet.applied < item.fleet.seen ? "warn" : "good",
		rejected ? `Rejects revision ${rejected.revision}` : `Revision ${item.fleet.applied}`);
	say(why, rejected ? rejection(rejected) : "");
}

/** One button for both directions, so that it keeps the focus. */
function createActions(cell, now, service, reload) {
	cell.append(
		element("button", { type: "button", class: "small", click: () => (now().override ? putBack : takeOut)(service, now(), reload) }), " ",
		element("button", { type: "button", class: "small", click: () => changeWeight(service, now(), reload) }, "Weight…"));
}

function showActions(cell, item) {
	const [toggle, weight] = cell.children;
	say(toggle, item.override ? "Put back…" : "Take out…");
	toggle.setAttribute("aria-label", item.override ? `Put back ${item.id}…` : `Take out ${item.id}…`);
	weight.hidden = item.override?.type === "OUT_OF_SERVICE";
	weight.setAttribute("aria-label", `Weight of ${item.id}…`);
}
