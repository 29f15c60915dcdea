import { get, may, session } from "./api.js";
import { field } from "./dialog.js";
import { difference } from "./difference.js";
import { element, reconcile, say } from "./dom.js";
import { head } from "./listing.js";
import { remember, toKey } from "./route.js";
import { count } from "./words.js";

/** Keys shown; more are counted. */
const MOST = 500;

/** Difference of two prefixes, or of one at two revisions. */
export function comparisonView({ parameters, reload }) {
	const create = (name, attributes) => element("input", { name, autocomplete: "off", spellcheck: "false", value: parameters.get(name) ?? "", ...attributes });
	const left = create("left", { required: true, placeholder: `${session.configPrefix}staging/` });
	const right = create("right", { required: true, placeholder: `${session.configPrefix}production/` });
	const leftRevision = create("leftRevision", { type: "number", min: 1, placeholder: "current" });
	const rightRevision = create("rightRevision", { type: "number", min: 1, placeholder: "current" });
	const form = element("form", { class: "panel pair", submit(event) {
		event.preventDefault();
		remember(query());
		reload();
	} }, field("Left prefix", left), field("at revision", leftRevision), field("Right prefix", right), field("at revision", rightRevision),
		element("div", { class: "buttons" }, element("button", { type: "submit", class: "primary" }, "Compare")));
	const summary = element("p", { class: "quiet", role: "status" });
	const list = element("ul", { class: "differences" });
	const panel = element("section", { class: "panel", "aria-label": "Differences", hidden: true }, summary, list);

	function query() {
		return { left: left.value.trim(), right: right.value.trim(), leftRevision: leftRevision.value, rightRevision: rightRevision.value };
	}

	function createItem(item) {
		return element("li", {}, element("h2", {}, element("a", { class: "id", href: toKey(query().left + item.key) }, item.key)), element("div", { class: "change" }));
	}

	function update(node, item) {
		const content = JSON.stringify([item.left, item.right, item.onLeft, item.onRight]);
		if (node.content !== content) {
			node.content = content;
			node.querySelector(".change").replaceChildren(may("EDITOR") ? difference(`Difference of ${item.key}`, item.left, item.right)
				: element("p", { class: "quiet" }, `${!item.onRight ? "Only on the left." : !item.onLeft ? "Only on the right." : "Differs."} Values are hidden for your role.`));
		}
	}

	return {
		title: "Difference",
		topics: ["configuration"],
		node: element("div", {}, head("Difference", { lead: "Keys whose values differ between two prefixes or revisions." }), form, panel),
		async load(signal) {
			if (query().left === "" || query().right === "") {
				return;
			}
			const { items } = await get("difference", query(), signal);
			panel.hidden = false;
			say(summary, items.length === 0 ? "No difference."
				: `${count(items.length, "key differs", "keys differ")}${items.length > MOST ? `, the first ${MOST} are shown` : ""}: − left, + right`);
			reconcile(list, items.slice(0, MOST), (item) => item.key, createItem, update);
		}
	};
}
