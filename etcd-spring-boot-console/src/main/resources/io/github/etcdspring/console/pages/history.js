import { get, may, session } from "./api.js";
import { difference } from "./difference.js";
import { announce, badge, element, reconcile, say } from "./dom.js";
import { head } from "./listing.js";
import { restore } from "./restore.js";
import { remember, toKey } from "./route.js";
import { ago, count, number, time } from "./words.js";

const SIZE = 50;

/** Writes of the keys with a prefix, newest first. */
export function historyView({ parameters, reload }) {
	let page = Number(parameters.get("page")) || 1;
	let total = 0;
	const input = element("input", { id: "prefix", required: true, autocomplete: "off", spellcheck: "false", value: parameters.get("prefix") ?? session.configPrefix });
	const form = element("form", { class: "bar", submit(event) {
		event.preventDefault();
		go(1);
	} }, element("label", { for: "prefix" }, "Prefix"), input, element("button", { type: "submit" }, "Show"));
	const list = element("ol", { class: "timeline" });
	const nothing = element("p", { class: "empty quiet", hidden: true }, "No writes of keys with this prefix are recorded.");
	const previous = element("button", { type: "button", click: () => page > 1 && go(page - 1) }, "Newer");
	const next = element("button", { type: "button", click: () => page * SIZE < total && go(page + 1) }, "Older");
	const place = element("span", { class: "quiet" });
	const pager = element("nav", { class: "pager", "aria-label": "Pages of the history", hidden: true }, previous, place, next);
	const entries = new WeakMap();

	function go(target) {
		page = target;
		remember({ prefix: input.value.trim(), page: page === 1 ? "" : page });
		reload().then(() => announce(place.textContent));
	}

	function create(entry) {
		const node = element("li", {},
			element("div", { class: "entry" },
				element("p", {}, element("strong", { class: "author" }), " ", badge(), " ", element("time", { class: "quiet" })),
				element("p", { class: "comment" }),
				element("details", { toggle: (event) => event.target.open && showChanges(node) },
					element("summary"), element("div", { class: "changes" }))),
			element("div", { class: "action" }, element("span", { class: "quiet" }, `Revision ${entry.revision}`),
				may("EDITOR") ? element("button", {
					type: "button", class: "small", "aria-label": `Restore the state of revision ${entry.revision}…`, click: () => ask(entries.get(node))
				}, "Restore…") : null));
		return node;
	}

	function update(node, entry) {
		entries.set(node, entry);
		say(node.querySelector(".author"), entry.outside ? "Another tool" : entry.author);
		node.querySelector(".badge").hidden = !entry.outside;
		say(node.querySelector(".badge"), "not recorded by its author");
		const moment = node.querySelector("time");
		moment.dateTime = entry.time;
		moment.title = entry.time;
		say(moment, `${time(entry.time)}, ${ago(entry.time)}`);
		say(node.querySelector(".comment"), entry.comment ?? "");
		const names = entry.changes.slice(0, 3).map((change) => change.key).join(", ");
		say(node.querySelector("summary"), `${count(entry.changes.length, "key", "keys")}: ${names}${entry.changes.length > 3 ? ", …" : ""}`);
	}

	function showChanges(node) {
		reconcile(node.querySelector(".changes"), entries.get(node).changes, (change) => change.key, (change) => element("section", {},
			element("h2", {}, element("a", { class: "id", href: toKey(change.key) }, change.key)),
			change.secret ? element("p", { class: "quiet" }, "Secret: only a hash of the value is recorded.")
				: may("EDITOR") ? difference(`Difference of ${change.key}`, change.former, change.value)
					: element("p", { class: "quiet" }, "Values are hidden for your role.")), () => {});
	}

	function ask(entry) {
		const prefix = input.value.trim();
		restore(`Restore revision ${entry.revision}`, `All keys with the prefix ${prefix} get the values that they had at revision ${entry.revision}.`,
			"history/restore", { prefix, revision: entry.revision }, reload);
	}

	async function load(signal) {
		const answer = await get("history", { prefix: input.value.trim(), page, size: SIZE }, signal);
		total = answer.total;
		if (answer.items.length === 0 && total > 0) {
			// The page is beyond the end: old entries were pruned.
			page = Math.ceil(total / SIZE);
			return load(signal);
		}
		nothing.hidden = answer.items.length > 0;
		reconcile(list, answer.items, (entry) => String(entry.revision), create, update);
		pager.hidden = total <= SIZE;
		previous.setAttribute("aria-disabled", String(page <= 1));
		next.setAttribute("aria-disabled", String(page * SIZE >= total));
		say(place, `${number((page - 1) * SIZE + 1)}–${number(Math.min(page * SIZE, total))} of ${number(total)}`);
	}

	return {
		title: "History",
		topics: ["configuration"],
		node: element("div", {}, head("History", { lead: "Who has changed which keys, and why." }), form,
			element("section", { class: "panel", "aria-label": "Writes" }, list, nothing, pager)),
		load
	};
}
