import { showConfiguration } from "./configuration.js";
import { byId, say } from "./dom.js";
import { showHealth } from "./health.js";
import { showEvents } from "./events.js";
import { showCalls, showServices } from "./services.js";
import { follow } from "./stream.js";

const known = { instances: 0 };

function connected(isConnected) {
	const badge = byId("connection");
	document.body.classList.toggle("stale", !isConnected);
	if (isConnected) {
		badge.dataset.state = "good";
		say(badge, "Live");
	}
	else {
		badge.dataset.state = "bad";
		say(badge, "Connection to the shop lost. Reconnecting; the data shown may be outdated.");
	}
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
