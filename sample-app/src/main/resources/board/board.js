import { showConfiguration } from "./configuration.js";
import { byId, sayState } from "./dom.js";
import { showHealth } from "./health.js";
import { showEvents } from "./events.js";
import { showCalls, showServices } from "./services.js";
import { follow } from "./stream.js";

const known = { instances: 0 };

function connected(isConnected) {
	document.body.classList.toggle("stale", !isConnected);
	sayState(byId("connection"), isConnected ? "good" : "bad",
		isConnected ? "Live" : "Connection to the shop lost. Reconnecting; the data shown may be outdated.");
}

follow("board/events", {
	instances(list) {
		known.instances = Object.values(list.services).flat().length + list.more;
		showServices(list);
	},
	configuration: showConfiguration,
	events: showEvents,
	status(status) {
		showCalls(status.calls, status.ejected);
		showHealth(status.etcd, known);
	}
}, connected);
