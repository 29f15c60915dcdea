import { get, may, post } from "./api.js";
import { showAnswers } from "./answers.js";
import { choice, field, openDialog } from "./dialog.js";
import { difference } from "./difference.js";
import { element } from "./dom.js";
import { rolloutFields } from "./rollout-fields.js";

const ACTIONS = { "ask-and-write": "Ask and save", write: "Save", ask: "Ask", rollout: "Start rollout" };

/**
 * Show the difference of changes, then ask the instances, save, or roll out.
 *
 * @param {string} title
 * @param {{key: string, value: string|null, revision: number}[]} changes
 * @param {function(): *} onSaved called after the changes are saved or their rollout has started
 */
export async function review(title, changes, onSaved) {
	let mode = "ask-and-write";
	const shown = element("div", { class: "changes" });
	const result = element("div", { class: "result", role: "status" });
	const comment = element("input", { name: "comment", autocomplete: "off", maxlength: 500 });
	const wait = element("input", { type: "number", name: "wait", min: 1, max: 60, value: 10, required: true });
	const waiting = field("Wait (s)", wait, "For answers.");
	const plan = may("OPERATOR") ? rolloutFields() : null;
	const modes = choice("How", "mode", [
		["ask-and-write", "Ask the instances, then save", "Saves only if no instance rejects the change."],
		["write", "Save and wait", "Saves at once and shows which instances have applied the change."],
		["ask", "Only ask", "Saves nothing and shows which instances accept the change."],
		...(plan ? [["rollout", "Roll out in steps", "Applies the change on a share of the instances first, and checks them."]] : [])
	], (chosen) => {
		mode = chosen;
		dialog.name(ACTIONS[mode]);
		waiting.hidden = mode === "rollout";
		wait.disabled = mode === "rollout";
		plan?.show(mode === "rollout");
	});
	const inputs = element("div", { class: "inputs" }, modes, ...(plan ? [plan.node] : []),
		element("div", { class: "row" }, field("Comment", comment, "Shown in the history."), waiting));
	const dialog = openDialog({ title, action: ACTIONS[mode], wide: true }, [shown, inputs, result], submit);
	try {
		await showDifference();
	}
	catch (error) {
		dialog.fail(error.message);
	}

	async function showDifference() {
		const { items } = await post("changes/difference", { changes });
		shown.replaceChildren(...items.map((item) => element("section", {}, element("h3", { class: "id" }, item.key),
			difference(`Difference of ${item.key}`, item.before, item.after))));
		if (items.some((item) => item.conflict)) {
			await adopt();
		}
	}

	/** Base the changes on the current revisions, so that saving again overwrites them. */
	async function adopt() {
		const entries = await Promise.all(changes.map((change) => get("key", { key: change.key })));
		const texts = [];
		entries.forEach((entry, index) => {
			if (entry.revision !== changes[index].revision) {
				changes[index].revision = entry.revision;
				texts.push(entry.revision === 0 ? `${entry.key} was deleted.` : `${entry.key} is now “${shorten(entry.value)}” at revision ${entry.revision}.`);
			}
		});
		if (texts.length > 0) {
			dialog.fail(`Not saved: modified concurrently. ${texts.join(" ")} The difference now shows your change against it; save again to overwrite it.`);
			await showDifference();
		}
	}

	async function submit() {
		result.replaceChildren(element("p", { class: "quiet" }, mode === "rollout" ? "Starting…" : "Waiting for the instances…"));
		try {
			await run();
		}
		catch (error) {
			result.replaceChildren();
			if (error.status !== 409) {
				throw error;
			}
			dialog.fail(error.message);
			await adopt();
		}
		return false;
	}

	async function run() {
		if (mode === "rollout") {
			await post("rollouts", { comment: comment.value.trim(), changes, ...plan.read() });
			done(element("p", { class: "notice", "data-tone": "good" }, "The rollout has started. ", element("a", { href: "#/rollouts", click: () => dialog.node.close() }, "Watch it")));
			return;
		}
		const answer = await post(`changes/${mode}`, { comment: comment.value.trim(), changes, waitSeconds: Number(wait.value) });
		if (answer.revision) {
			done(element("p", { class: "notice", "data-tone": "good" }, `Saved as revision ${answer.revision}.`),
				answer.problem ? element("p", { class: "notice", "data-tone": "bad" }, answer.problem) : showAnswers(answer));
		}
		else {
			result.replaceChildren(...(mode === "ask" ? [] : [element("p", { class: "notice", "data-tone": "bad" }, "Not saved.")]), showAnswers(answer));
			result.scrollIntoView({ block: "end" });
		}
	}

	function done(...content) {
		inputs.remove();
		result.replaceChildren(...content);
		dialog.finish();
		onSaved();
	}
}

function shorten(value) {
	return value.length > 200 ? `${value.slice(0, 200)}…` : value;
}
