import { loadSession, session } from "./api.js";
import { byId, element, say, sayState } from "./dom.js";
import { confirm } from "./dialog.js";
import { parse } from "./route.js";
import { follow } from "./stream.js";
import { time } from "./words.js";
import { applicationsView } from "./applications.js";
import { comparisonView } from "./comparison.js";
import { fleetView } from "./fleet.js";
import { historyView } from "./history.js";
import { instancesView } from "./instances.js";
import { keyView } from "./key.js";
import { keysView } from "./keys.js";
import { rolloutsView } from "./rollouts.js";
import { servicesView } from "./services.js";
import { snapshotsView } from "./snapshots.js";

/** Views by page: the first without, the second with a name in the address. */
const VIEWS = {
	services: [servicesView, instancesView],
	configuration: [applicationsView, keysView],
	key: [keyView],
	fleet: [fleetView],
	rollouts: [rolloutsView],
	history: [historyView],
	snapshots: [snapshotsView],
	difference: [comparisonView]
};

/** The view shown: `{title, node, topics, load, dirty, page}`. */
let shown = null;

/** Hash of the view shown. */
let place = "";

/** Revision of the last change by topic, `null` before the first event. */
let topics = null;

/** Cancels requests of a view that is no longer shown. */
let requests = new AbortController();

async function open() {
	const { segments: [page = "services", ...names], parameters } = parse(location.hash);
	const view = VIEWS[page]?.[names.length] ?? servicesView;
	requests.abort();
	requests = new AbortController();
	const isFirst = shown === null;
	shown = view({ names, parameters, reload: refresh });
	place = location.hash;
	byId("failure").hidden = true;
	byId("view").replaceChildren(shown.node);
	document.title = `${shown.title} · etcd console`;
	for (const link of byId("pages").querySelectorAll("a")) {
		const isCurrent = link.dataset.page === (page === "key" ? "configuration" : page);
		link.toggleAttribute("aria-current", isCurrent);
		if (isCurrent) {
			link.setAttribute("aria-current", "page");
		}
	}
	if (!isFirst) {
		scrollTo(0, 0);
		shown.node.querySelector("h1").focus({ preventScroll: true });
	}
	await refresh();
}

/** Load the data of the view shown. */
async function refresh() {
	const view = shown;
	try {
		await view.load(requests.signal);
		if (view === shown) {
			view.node.dataset.loaded = "true";
			byId("failure").hidden = true;
		}
	}
	catch (error) {
		if (error.name !== "AbortError" && view === shown) {
			byId("failure").hidden = false;
			byId("failure").replaceChildren(element("span", {}, error.message), " ",
				element("button", { type: "button", class: "small", click: refresh }, "Try again"));
		}
	}
}

/** Load the shown view again if one of its topics has changed. */
function onState(state) {
	const before = topics;
	topics = state;
	const forbidden = state.forbidden ?? [];
	byId("outage").hidden = state.connected && forbidden.length === 0;
	say(byId("outage"), !state.connected ? `etcd is unreachable${state.staleSince ? ` since ${time(state.staleSince)}` : ""}. The console shows the last known state.`
		: forbidden.length > 0 ? `etcd denies access to: ${forbidden.join(", ")}` : "");
	// Before the first event, a change may have been missed.
	if (shown && (before === null || shown.topics.some((topic) => before[topic] !== state[topic]))) {
		refresh();
	}
}

function onConnection(isConnected) {
	document.body.classList.toggle("stale", !isConnected);
	sayState(byId("connection"), isConnected ? "good" : "bad", isConnected ? "Live" : "Connection lost, reconnecting");
}

async function onHashChange() {
	const target = location.hash;
	if (target === "#main") {
		history.replaceState(null, "", place);
		byId("main").focus();
		return;
	}
	if (shown?.dirty?.()) {
		history.replaceState(null, "", place);
		if (!await confirm("Discard unsaved changes?", "This page has changes that are not saved.", "Discard")) {
			return;
		}
		history.pushState(null, "", target);
	}
	open();
}

addEventListener("hashchange", onHashChange);
addEventListener("beforeunload", (event) => {
	if (shown?.dirty?.()) {
		event.preventDefault();
	}
});

try {
	await loadSession();
	const role = session.roles.at(-1)?.toLowerCase() ?? "no role";
	byId("user").replaceChildren(element("strong", {}, session.user), element("span", {}, role));
	follow("api/events", { state: onState }, onConnection);
	await open();
}
catch (error) {
	byId("failure").hidden = false;
	say(byId("failure"), error.message);
}
