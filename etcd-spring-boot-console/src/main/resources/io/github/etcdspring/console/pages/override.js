import { put, remove } from "./api.js";
import { field, openDialog } from "./dialog.js";
import { announce, element, say } from "./dom.js";
import { time } from "./words.js";

const DURATIONS = [[15, "15 minutes"], [60, "1 hour"], [240, "4 hours"], [1440, "1 day"], [10080, "7 days"]];

/** Ask for reason and end, then take an instance out of service. */
export function takeOut(service, instance, reload) {
	const { reason, minutes, end } = createFields();
	openDialog({ title: `Take ${instance.id} out of service`, action: "Take out of service" }, [
		element("p", {}, `Callers of ${service} stop sending requests to this instance. It keeps running.`),
		reason.node, minutes.node, end
	], async () => {
		await put("overrides", { type: "OUT_OF_SERVICE", weight: null, reason: reason.value(), minutes: minutes.value() }, target(service, instance));
		announce(`${instance.id} is out of service.`);
		await reload();
	});
}

/** Change the share of requests that an instance receives. */
export function changeWeight(service, instance, reload) {
	const { reason, minutes, end } = createFields();
	const weight = element("input", { type: "number", min: 1, max: 1000, required: true, autofocus: true, value: instance.override?.weight ?? instance.weight ?? 1 });
	openDialog({ title: `Change the weight of ${instance.id}`, action: "Change weight" }, [
		field("Weight", weight, "An instance with weight 2 receives twice as many requests as one with weight 1."),
		reason.node, minutes.node, end
	], async () => {
		await put("overrides", { type: "WEIGHT", weight: Number(weight.value), reason: reason.value(), minutes: minutes.value() }, target(service, instance));
		announce(`The weight of ${instance.id} is ${weight.value}.`);
		await reload();
	});
}

/** Remove the override of an instance. */
export function putBack(service, instance, reload) {
	openDialog({ title: `Put ${instance.id} back`, action: "Put back" }, [
		element("p", {}, `Callers of ${service} use the status and weight that the instance has registered.`)
	], async () => {
		await remove("overrides", target(service, instance));
		announce(`${instance.id} is back.`);
		await reload();
	});
}

function target(service, instance) {
	return { service, instance: instance.id };
}

function createFields() {
	const reason = element("input", { name: "reason", required: true, autocomplete: "off", autofocus: true, maxlength: 200 });
	const minutes = element("select", { name: "minutes", change: showEnd }, ...DURATIONS.map(([value, text]) =>
		element("option", { value, selected: value === 60 }, text)));
	const end = element("p", { class: "hint", role: "status" });

	function showEnd() {
		say(end, `Ends at ${time(Date.now() + minutes.value * 60_000)}. The instance is then used as before.`);
	}
	showEnd();
	return {
		reason: { node: field("Reason", reason), value: () => reason.value.trim() },
		minutes: { node: field("Duration", minutes), value: () => Number(minutes.value) },
		end
	};
}
