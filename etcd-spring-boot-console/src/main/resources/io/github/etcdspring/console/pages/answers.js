import { element } from "./dom.js";
import { count, rejection } from "./words.js";

/** Instances named in a list; more are counted. */
const MOST = 50;

/**
 * Show the answers of instances.
 *
 * @param {{accepted: string[], applied: string[], rejected: Object[], unanswered: string[], noInstances: boolean}} answers
 */
export function showAnswers(answers) {
	const accepted = answers.accepted ?? answers.applied ?? [];
	const verb = answers.accepted ? "accept" : "have applied it";
	const node = element("div", { class: "answers" });
	if (answers.noInstances || accepted.length + (answers.rejected ?? []).length + (answers.unanswered ?? []).length === 0) {
		node.append(element("p", { class: "quiet" }, "No running instance uses this configuration."));
		return node;
	}
	group(node, "bad", answers.rejected ?? [], (n) => `${count(n, "instance rejects", "instances reject")} the change`,
		(item) => [element("strong", { class: "id" }, item.instance), element("span", {}, rejection(item))]);
	group(node, "good", accepted, (n) => `${count(n, "instance", "instances")} ${verb === "accept" && n === 1 ? "accepts" : verb.replace("have", n === 1 ? "has" : "have")}`,
		(item) => [element("span", { class: "id" }, item)]);
	group(node, "warn", answers.unanswered ?? [], (n) => `${count(n, "instance has", "instances have")} not answered`,
		(item) => [element("span", { class: "id" }, item)]);
	return node;
}

function group(node, state, items, title, create) {
	if (items.length === 0) {
		return;
	}
	node.append(element("section", { class: "answer" },
		element("h3", {}, element("span", { class: "badge", "data-state": state }, title(items.length))),
		element("ul", {}, ...items.slice(0, MOST).map((item) => element("li", {}, ...create(item))),
			items.length > MOST ? element("li", { class: "quiet" }, `and ${items.length - MOST} more`) : null)));
}
