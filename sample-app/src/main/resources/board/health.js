import { byId, element, reconcile, say } from "./dom.js";
import { count, time } from "./words.js";

/**
 * Say how the shop stands with etcd.
 *
 * @param {Object} health what the shop says
 * @param {{instances: number, revision: number}} known what it goes on with
 */
export function showHealth(health, known) {
	reconcile(byId("health-facts"), facts(health, known), (fact) => fact.name, create, update);
}

function facts(health, known) {
	const lost = [health.services, health.configuration].find((watch) => watch && !watch.synced);
	return [{
		name: "etcd",
		state: lost ? "bad" : "good",
		title: lost ? `etcd cannot be reached since ${time(lost.since)}` : "etcd answers",
		text: lost ? `The shop goes on with what it knows. ${lost.problem ?? ""}`
			: `Changes have arrived as they happen since ${time(health.services.since)}.`
	}, {
		name: "catalog",
		state: health.services.synced ? "good" : "warn",
		title: count(known.instances, "instance known", "instances known"),
		text: health.services.synced ? "Pushed by etcd, not polled." : `As of ${time(health.services.since)}, and still called.`
	}, {
		name: "registration",
		...registration(health.registrations)
	}];
}

function registration(registrations) {
	if (registrations.length === 0) {
		return { state: "warn", title: "The shop is not registered", text: "Nobody finds it by its name." };
	}
	const waiting = registrations.find((one) => one.state !== "REGISTERED");
	if (waiting) {
		return waiting.state === "WITHHELD"
			? { state: "warn", title: "The shop is kept out of etcd", text: "It does not accept traffic, or is not healthy." }
			: { state: "warn", title: "The shop is being registered", text: "As soon as etcd takes it." };
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
