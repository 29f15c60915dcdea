import { announce, element, reconcile, say } from "./dom.js";
import { remember } from "./route.js";
import { count, number } from "./words.js";

/** Delay after a key press before searching, in milliseconds. */
const PAUSE = 150;

/**
 * Create a table with roles, as its rows become cards on narrow screens. A column is
 * `{title, class, create, update}`: `create(cell, now)` fills the cell of a new row, where
 * `now()` returns the current item; `update(cell, item)` shows an item.
 */
export function table(caption, columns, key) {
	const body = element("tbody", { role: "rowgroup" });
	const shown = columns.filter((column) => column);
	const node = element("table", { role: "table" },
		element("caption", { class: "visually-hidden" }, caption),
		element("thead", { role: "rowgroup" }, element("tr", { role: "row" },
			...shown.map((column) => element("th", { scope: "col", role: "columnheader", class: column.class },
				column.quiet ? element("span", { class: "visually-hidden" }, column.title) : column.title)))),
		body);
	const items = new WeakMap();

	function create() {
		const row = element("tr", { role: "row" });
		row.append(...shown.map((column, index) => {
			const cell = index === 0 ? element("th", { scope: "row", role: "rowheader", class: column.class })
				: element("td", { role: "cell", class: column.class, "data-label": column.title });
			column.create?.(cell, () => items.get(row));
			return cell;
		}));
		return row;
	}

	function update(row, item) {
		items.set(row, item);
		shown.forEach((column, index) => column.update?.(row.children[index], item));
	}

	return {
		node,
		show(list) {
			node.hidden = list.length === 0;
			reconcile(body, list, key, create, update);
		}
	};
}

/**
 * Create a list with search and paging, whose state is in the address. The label is a
 * plural with an s.
 *
 * @param {{label: string, search: string, empty: string, table: Object, size: number,
 * parameters: URLSearchParams, load: function(Object, AbortSignal): Promise<Object>}} options
 */
export function listing({ label, search, empty, table: rows, size, parameters, load }) {
	let page = Number(parameters.get("page")) || 1;
	let total = 0;
	let latest = 0;
	let timer;
	const input = element("input", {
		type: "search", id: "search", autocomplete: "off", spellcheck: "false", placeholder: search, "aria-label": search,
		value: parameters.get("q") ?? "",
		input: () => {
			clearTimeout(timer);
			timer = setTimeout(() => go(1), PAUSE);
		}
	});
	const figure = element("p", { class: "figure quiet", role: "status" });
	const nothing = element("p", { class: "empty quiet", hidden: true });
	const failure = element("p", { class: "notice", "data-tone": "bad", role: "alert", hidden: true });
	const previous = element("button", { type: "button", click: () => page > 1 && go(page - 1) }, "Previous");
	const next = element("button", { type: "button", click: () => page < last() && go(page + 1) }, "Next");
	const place = element("span", { class: "quiet" });
	const pager = element("nav", { class: "pager", "aria-label": `Pages of ${label}`, hidden: true }, previous, place, next);

	function last() {
		return Math.max(1, Math.ceil(total / size));
	}

	async function go(number) {
		page = number;
		remember({ q: input.value.trim(), page: page === 1 ? "" : page });
		try {
			await refresh();
			failure.hidden = true;
			announce(`${figure.textContent}, page ${page} of ${last()}`);
		}
		catch (error) {
			failure.hidden = false;
			say(failure, error.message);
		}
	}

	async function refresh(signal) {
		const mine = ++latest;
		const answer = await load({ q: input.value.trim(), page, size }, signal);
		if (mine !== latest) {
			return;
		}
		total = answer.total;
		if (page > last()) {
			page = last();
			return refresh(signal);
		}
		say(figure, count(total, label.slice(0, -1), label));
		nothing.hidden = total > 0;
		say(nothing, input.value.trim() === "" ? empty : `No ${label} match “${input.value.trim()}”.`);
		rows.show(answer.items);
		pager.hidden = total <= size;
		previous.setAttribute("aria-disabled", String(page <= 1));
		next.setAttribute("aria-disabled", String(page >= last()));
		say(place, `${number((page - 1) * size + 1)}–${number(Math.min(page * size, total))} of ${number(total)}`);
	}

	return {
		bar: element("div", { class: "bar" }, input, figure),
		node: element("section", { class: "panel", "aria-label": label }, rows.node, nothing, failure, pager),
		load: refresh,
		first: () => go(1)
	};
}

/** Create the head of a view: path, title, explanation and actions. */
export function head(title, { path = [], lead = "", actions = [] } = {}) {
	return element("header", { class: "head" },
		element("div", {},
			path.length > 0 ? element("nav", { class: "path", "aria-label": "Path" },
				...path.flatMap(([text, href]) => [element("a", { href }, text), element("span", { "aria-hidden": "true" }, "/")])) : null,
			element("h1", { tabindex: "-1" }, title),
			lead ? element("p", { class: "lead" }, lead) : null),
		actions.length > 0 ? element("div", { class: "actions" }, ...actions) : null);
}
