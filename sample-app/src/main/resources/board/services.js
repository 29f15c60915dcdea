import { chart, draw, rate, sum } from "./chart.js";
import { badge, byId, element, reconcile, say, sayState } from "./dom.js";
import { linkToService } from "./links.js";
import { age, time } from "./moments.js";
import { count, status } from "./words.js";

const COLUMNS = ["Instance", "Status", "Zone", "Revision", "Age", "Requests, last minute"];
const NO_CALLS = { answered: new Array(60).fill(0), failed: new Array(60).fill(0) };
const NO_INSTANCE = "";

/** Show the services and their instances. */
export function showServices(list) {
	const services = Object.entries(list.services);
	byId("services-empty").hidden = services.length > 0;
	say(byId("services-empty"), "No services discovered.");
	reconcile(byId("services-list"), services, ([name]) => name, createService, updateService);
	byId("services-more").hidden = list.more === 0;
	say(byId("services-more"), `${count(list.more, "more instance is", "more instances are")} not shown.`);
}

function createService([name]) {
	return element("section", { class: "service" },
		element("h3", {}, element("a", { href: linkToService(name) }, name), element("span", { class: "quiet" })),
		element("table", { role: "table" },
			element("caption", { class: "visually-hidden" }, `Instances of ${name}`),
			element("thead", { role: "rowgroup" }, element("tr", { role: "row" },
				...COLUMNS.map((column) => element("th", { scope: "col", role: "columnheader" }, column)))),
			element("tbody", { role: "rowgroup" })));
}

function updateService(section, [, instances]) {
	const up = instances.filter((instance) => instance.status === "UP").length;
	say(section.querySelector("h3 .quiet"), up === instances.length ? count(up, "instance", "instances")
		: `${up} of ${count(instances.length, "instance", "instances")} up`);
	reconcile(section.querySelector("tbody"), instances, (instance) => instance.key, createInstance, updateInstance);
}

function createInstance(instance) {
	const calls = chart();
	draw(calls, NO_CALLS, 1);
	const cell = (name, index, ...children) =>
		element("td", { class: name, role: "cell", "data-label": COLUMNS[index] }, ...children);
	return element("tr", { role: "row", class: "instance" },
		element("th", { scope: "row", role: "rowheader", class: "who" },
			element("span", { class: "id" }, instance.instance),
			element("span", { class: "where" })),
		cell("state", 1, badge()),
		cell("zone", 2), cell("revision", 3), cell("seen", 4, element("time")),
		cell("calls", 5, calls, element("span", { class: "figures" }, "no requests")));
}

function updateInstance(row, instance) {
	const metadata = Object.entries(instance.metadata).map(([name, value]) => `${name}=${value}`);
	say(row.querySelector(".where"), [instance.uri, ...(instance.self ? ["this shop"] : []), ...metadata].join(" · "));
	row.querySelector(".state .badge").dataset.status = instance.status;
	showStatus(row);
	say(row.querySelector(".zone"), instance.zone ?? "–");
	say(row.querySelector(".revision"), String(instance.revision));
	const seen = row.querySelector("time");
	seen.dateTime = instance.seen;
	seen.title = `At this revision since ${time(instance.seen)}`;
	showAge(seen, Date.now());
}

/** Show the status in etcd, unless the shop has ejected the instance. */
function showStatus(row, reason) {
	const node = row.querySelector(".state .badge");
	const name = node.dataset.status;
	node.title = reason ? `Not called by this shop: ${reason}`
		: name === "VANISHED" ? "No longer in etcd, called by this shop as a last resort" : "";
	sayState(node, name === "DOWN" ? "bad" : name === "UP" && !reason ? "good" : "warn",
		reason ? "Ejected" : name === "VANISHED" ? "Vanished" : status(name));
}

function showAge(seen, now) {
	say(seen, age(seen.dateTime, now));
}

/** Show the requests of the last minute by instance, and which instances are ejected. */
export function showCalls(calls, ejected) {
	const most = Math.max(5, ...Object.values(calls).flatMap((minute) => [...minute.answered, ...minute.failed]));
	const now = Date.now();
	for (const row of document.querySelectorAll("tr.instance")) {
		const minute = calls[row.dataset.key] ?? NO_CALLS;
		draw(row.querySelector("svg"), minute, most);
		row.classList.toggle("called", minute !== NO_CALLS);
		row.querySelector(".figures").classList.toggle("failing", sum(minute.failed.slice(-5)) > 0);
		say(row.querySelector(".figures"), minute === NO_CALLS ? "no requests"
			: `${rate(minute.answered)}/s succeeded, ${sum(minute.failed)} failed`);
		showStatus(row, ejected[row.dataset.key]);
		showAge(row.querySelector("time"), now);
	}
	const lost = sum((calls[NO_INSTANCE] ?? NO_CALLS).failed);
	byId("no-instance").hidden = lost === 0;
	say(byId("no-instance"), `${count(lost, "request", "requests")} failed in the last minute because no instance was available.`);
}
