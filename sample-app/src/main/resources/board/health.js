import { byId, element, reconcile, say } from "./dom.js";
import { time } from "./moments.js";
import { count } from "./words.js";

/**
 * Show the state of the connection to etcd.
 *
 * @param {Object} health state sent by the shop
 * @param {{instances: number}} known the last known state
 */
export function showHealth(health, known) {
	reconcile(byId("health-facts"), facts(health, known), (fact) => fact.name, create, update);
}

function facts(health, known) {
	const lost = [health.services, health.configuration].find((watch) => watch && !watch.synced);
	return [{
		name: "etcd",
		state: lost ? "bad" : "good",
		title: lost ? `etcd unreachable since ${time(lost.since)}` : "Connected to etcd",
		text: lost ? `The shop uses the last known state. ${lost.problem ?? ""}`
			: `Receiving changes since ${time(health.services.since)}.`
	}, {
		name: "catalog",
		state: health.services.synced ? "good" : "warn",
		title: count(known.instances, "known instance", "known instances"),
		text: health.services.synced ? "Pushed by etcd, without polling." : `As of ${time(health.services.since)}; requests continue.`
	}, {
		name: "registration",
		...registration(health.registrations)
	}];
}

function registration(registrations) {
	if (registrations.length === 0) {
		return { state: "warn", title: "The shop is not registered", text: "Other services cannot discover it." };
	}
	const waiting = registrations.find((one) => one.state !== "REGISTERED");
	if (waiting) {
		return waiting.state === "WITHHELD"
			? { state: "warn", title: "The shop's registration is suspended", text: "The shop is not ready or not healthy." }
			: { state: "warn", title: "The shop is registering", text: "Waiting for etcd." };
	}
	return { state: "good", title: "The shop is registered", text: registrations.map((one) => one.instance).join(", ") };
}

function create() {
	return element("li", { class: "fact" },
		element("span", { class: "mark", "aria-hidden": "true" }),
		element("p", {}, element("strong"), element("span")));
}

function update(item, fact) {
	item.dataset.state = fact.state;
	say(item.querySelector("strong"), fact.title);
	say(item.querySelector("p > span"), fact.text);
}
