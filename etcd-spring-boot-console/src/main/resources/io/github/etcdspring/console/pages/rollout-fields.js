import { element } from "./dom.js";
import { field } from "./dialog.js";

const FIRST = [[10, 60], [50, 60], [100, 0]];

/** Fields of a rollout: steps and checks. */
export function rolloutFields() {
	const steps = element("ol", { class: "steps" });
	const meters = element("ul", { class: "meters" });
	const health = element("input", { name: "health", value: "readiness", autocomplete: "off", spellcheck: "false" });
	const more = element("button", { type: "button", class: "small", click: () => addMeter().querySelector("input").focus() }, "Add limit of a meter");
	const node = element("div", { class: "plan", hidden: true },
		element("h3", {}, "Steps"), steps,
		element("button", { type: "button", class: "small", click: () => addStep(100, 60).querySelector("input").focus() }, "Add step"),
		element("h3", {}, "Checks"),
		field("Stop if one of these health groups is down", health, "Names separated by commas; empty for none."),
		meters,
		more);
	FIRST.forEach(([share, watch]) => addStep(share, watch));

	function addStep(share, watch) {
		const item = element("li", {}, element("fieldset", { class: "step" }, element("legend"),
			input("Share (%)", "share", { type: "number", min: 1, max: 100, value: share, required: true }),
			input("Watch (s)", "watch", { type: "number", min: 0, max: 86400, value: watch, required: true }),
			input("Zone", "zone", { placeholder: "any" }),
			input("Version", "version", { placeholder: "any" }),
			input("Instances", "instances", { placeholder: "any" }),
			element("button", { type: "button", class: "small", click: () => drop(item) }, "Remove")));
		steps.append(item);
		number();
		return item;
	}

	function drop(item) {
		item.remove();
		number();
		steps.querySelector("li:last-child input")?.focus();
	}

	function number() {
		[...steps.children].forEach((item, index) => {
			item.querySelector("legend").textContent = `Step ${index + 1}`;
			item.querySelector("button").setAttribute("aria-label", `Remove step ${index + 1}`);
			item.querySelector("button").hidden = steps.children.length === 1;
		});
	}

	function addMeter() {
		const item = element("li", {}, element("fieldset", { class: "step" }, element("legend", {}, "Stop if a meter is above a limit"),
			input("Meter", "meter", { required: true, placeholder: "orders.failed" }),
			input("Limit", "max", { type: "number", step: "any", required: true, value: 0 }),
			element("button", { type: "button", class: "small", click: () => dropMeter(item) }, "Remove")));
		meters.append(item);
		return item;
	}

	function dropMeter(item) {
		item.remove();
		more.focus();
	}

	/** Show the fields; hidden ones must not be validated. */
	function show(isShown) {
		node.hidden = !isShown;
		for (const control of node.querySelectorAll("input")) {
			control.disabled = !isShown;
		}
	}
	show(false);

	return {
		node,
		show,
		read: () => ({
			steps: [...steps.children].map((item) => ({
				share: Number(value(item, "share")),
				zone: value(item, "zone") || null,
				version: value(item, "version") || null,
				instances: names(value(item, "instances")),
				watchSeconds: Number(value(item, "watch"))
			})),
			stopIfDown: names(health.value) ?? [],
			stopIfMeterAbove: [...meters.children].map((item) => ({ name: value(item, "meter"), max: Number(value(item, "max")) }))
		})
	};
}

function input(label, name, attributes) {
	return field(label, element("input", { name, autocomplete: "off", spellcheck: "false", ...attributes }));
}

function value(item, name) {
	return item.querySelector(`[name=${name}]`).value.trim();
}

function names(text) {
	const all = text.split(",").map((name) => name.trim()).filter((name) => name !== "");
	return all.length > 0 ? all : null;
}
