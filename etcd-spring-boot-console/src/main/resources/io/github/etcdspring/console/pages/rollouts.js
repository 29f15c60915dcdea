import { get, may, remove } from "./api.js";
import { field, openDialog } from "./dialog.js";
import { announce, element, reconcile, say } from "./dom.js";
import { head } from "./listing.js";
import { toKey } from "./route.js";
import { count } from "./words.js";

/** Live rollouts. */
export function rolloutsView({ reload }) {
	const list = element("ul", { class: "rollouts" });
	const nothing = element("p", { class: "panel quiet" },
		may("OPERATOR") ? "No rollout is running. To start one, open a key, change its value, and choose “Roll out in steps”." : "No rollout is running.");
	nothing.hidden = true;
	const items = new WeakMap();

	function create() {
		const node = element("li", { class: "panel rollout" },
			element("div", { class: "bar" }, element("h2"),
				may("OPERATOR") ? element("button", { type: "button", class: "danger", click: () => stop(items.get(node)) }, "Stop…") : null),
			element("p", { class: "comment" }),
			element("progress", {}), element("p", { class: "step" }),
			element("ul", { class: "keys" }),
			element("details", {}, element("summary"), element("ul", { class: "targets" })));
		return node;
	}

	function update(node, item) {
		items.set(node, item);
		say(node.querySelector("h2"), `Rollout by ${item.author}`);
		node.querySelector("button")?.setAttribute("aria-label", `Stop the rollout of ${item.keys.join(", ")}…`);
		say(node.querySelector(".comment"), item.comment ?? "");
		const progress = node.querySelector("progress");
		progress.max = item.steps;
		progress.value = item.step;
		progress.setAttribute("aria-label", `Step ${item.step} of ${item.steps}`);
		say(node.querySelector(".step"), item.step === 0 ? `Starting, ${count(item.steps, "step", "steps")}` : `Step ${item.step} of ${item.steps}`);
		reconcile(node.querySelector(".keys"), item.keys, (key) => key,
			(key) => element("li", {}, element("a", { class: "id", href: toKey(key) }, key)), () => {});
		say(node.querySelector("summary"), `${count(item.targets.length, "instance uses", "instances use")} the change`);
		reconcile(node.querySelector(".targets"), item.targets, (target) => target, (target) => element("li", { class: "id" }, target), () => {});
	}

	function stop(item) {
		const reason = element("input", { required: true, autocomplete: "off", autofocus: true, maxlength: 200 });
		openDialog({ title: "Stop the rollout", action: "Stop rollout", tone: "danger" }, [
			element("p", {}, `The instances use the value in etcd again: ${item.keys.join(", ")}`), field("Reason", reason)
		], async () => {
			const answer = await remove("rollouts", { key: item.key ?? item.keys[0], reason: reason.value.trim() });
			announce(`The rollout ended: ${answer?.state?.toLowerCase() ?? "stopped"}.`);
			await reload();
		});
	}

	return {
		title: "Rollouts",
		topics: ["rollouts"],
		node: element("div", {}, head("Rollouts", { lead: "Changes that a part of the instances uses before they are saved." }), nothing, list),
		async load(signal) {
			const { items: all } = await get("rollouts", {}, signal);
			nothing.hidden = all.length > 0;
			reconcile(list, all, (item) => item.id, create, update);
		}
	};
}
