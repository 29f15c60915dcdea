import { post } from "./api.js";
import { showAnswers } from "./answers.js";
import { choice, field, openDialog } from "./dialog.js";
import { element } from "./dom.js";

const ACTIONS = { ask: "Ask and restore", write: "Restore" };

/**
 * Restore the keys with a prefix to an earlier state.
 *
 * @param {string} title
 * @param {string} text what is restored
 * @param {string} path of the API
 * @param {Object} body of the request
 * @param {function(): *} onSaved called after the state is restored
 */
export function restore(title, text, path, body, onSaved) {
	let mode = "ask";
	const comment = element("input", { autocomplete: "off", maxlength: 500 });
	const result = element("div", { class: "result", role: "status" });
	const inputs = element("div", { class: "inputs" },
		choice("How", "mode", [
			["ask", "Ask the instances, then restore", "Restores only if no instance rejects the state."],
			["write", "Restore at once", "Does not ask the instances."]
		], (chosen) => {
			mode = chosen;
			dialog.name(ACTIONS[mode]);
		}), field("Comment", comment, "Shown in the history."));
	const dialog = openDialog({ title, action: ACTIONS[mode] }, [element("p", {}, text), inputs, result], async () => {
		result.replaceChildren(element("p", { class: "quiet" }, "Waiting for the instances…"));
		let answer;
		try {
			answer = await post(path, { ...body, mode, comment: comment.value.trim() || null });
		}
		catch (error) {
			result.replaceChildren();
			throw error;
		}
		result.replaceChildren(element("p", { class: "notice", "data-tone": answer.revision ? "good" : "bad" },
			answer.revision ? `Restored as revision ${answer.revision}.` : "Not restored."), showAnswers(answer));
		if (answer.revision) {
			inputs.remove();
			dialog.finish();
			onSaved();
		}
		return false;
	});
}
