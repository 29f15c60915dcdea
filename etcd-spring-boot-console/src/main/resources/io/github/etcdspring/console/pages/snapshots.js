import { get, may, post, remove, session } from "./api.js";
import { field, openDialog } from "./dialog.js";
import { announce, element, reconcile, say } from "./dom.js";
import { head } from "./listing.js";
import { restore } from "./restore.js";
import { remember } from "./route.js";

/** Named snapshots of the keys with a prefix. */
export function snapshotsView({ parameters, reload }) {
	const input = element("input", { id: "prefix", required: true, autocomplete: "off", spellcheck: "false", value: parameters.get("prefix") ?? session.configPrefix });
	const form = element("form", { class: "bar", submit(event) {
		event.preventDefault();
		remember({ prefix: prefix() });
		reload();
	} }, element("label", { for: "prefix" }, "Prefix"), input, element("button", { type: "submit" }, "Show"));
	const list = element("ul", { class: "rows" });
	const nothing = element("p", { class: "empty quiet", hidden: true });

	function prefix() {
		return input.value.trim();
	}

	function create(name) {
		return element("li", {}, element("span", { class: "id" }, name),
			element("span", { class: "action" },
				element("button", { type: "button", class: "small", "aria-label": `Restore ${name}…`, click: () => restore(`Restore ${name}`,
					`All keys with the prefix ${prefix()} get the values of this snapshot.`, "snapshots/restore", { prefix: prefix(), name }, reload) }, "Restore…"), " ",
				element("button", { type: "button", class: "small danger", "aria-label": `Delete ${name}…`, click: () => drop(name) }, "Delete…")));
	}

	function save() {
		const name = element("input", { required: true, autocomplete: "off", spellcheck: "false", autofocus: true });
		openDialog({ title: "Save a snapshot", action: "Save snapshot" }, [
			field("Name", name, `All keys with the prefix ${prefix()} are kept under this name.`)
		], async () => {
			await post("snapshots", undefined, { prefix: prefix(), name: name.value.trim() });
			announce(`Snapshot ${name.value.trim()} was saved.`);
			await reload();
		});
	}

	function drop(name) {
		openDialog({ title: "Delete the snapshot?", action: "Delete", tone: "danger" }, [
			element("p", {}, `The snapshot ${name} cannot be recovered.`)
		], async () => {
			await remove("snapshots", { prefix: prefix(), name });
			announce(`Snapshot ${name} was deleted.`);
			await reload();
		});
	}

	return {
		title: "Snapshots",
		topics: ["configuration"],
		node: element("div", {}, head("Snapshots", {
			lead: "Named states of configuration that can be restored.",
			actions: may("EDITOR") ? [element("button", { type: "button", class: "primary", click: save }, "Save snapshot…")] : []
		}), form, element("section", { class: "panel", "aria-label": "Snapshots" }, list, nothing)),
		async load(signal) {
			const { items } = may("EDITOR") ? await get("snapshots", { prefix: prefix() }, signal) : { items: [] };
			nothing.hidden = items.length > 0;
			say(nothing, may("EDITOR") ? `No snapshots of ${prefix()}.` : "Snapshots are for editors.");
			reconcile(list, items.map((item) => item.name ?? item), (name) => name, create, () => {});
		}
	};
}
