import { announce, byId, element, reconcile } from "./dom.js";
import { time } from "./moments.js";

const KINDS = { INSTANCE: "Instance", APPLIED: "Applied", REJECTED: "Rejected" };

/** Number of the newest event that was announced. */
let announced = null;

/** Show recent events and announce new ones to screen readers. */
export function showEvents(items) {
	byId("events-empty").hidden = items.length > 0;
	reconcile(byId("events"), items, (item) => `${item.number} ${item.time}`, create, () => {});
	const newest = items.length > 0 ? items[0].number : 0;
	if (announced !== null && newest > announced) {
		announce(items.filter((item) => item.number > announced).reverse().map((item) => item.text).join(" "));
	}
	announced = newest;
}

function create(item) {
	return element("li", { "data-kind": item.kind },
		element("time", { datetime: item.time }, time(item.time)),
		element("span", { class: "kind" }, KINDS[item.kind] ?? item.kind),
		element("span", { class: "text" }, item.text));
}
