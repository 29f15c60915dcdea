/**
 * Creates and updates elements. All data is set as text, never as HTML: anyone who can
 * write to etcd controls ids, metadata and values.
 */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} name of the element
 * @param {Object<string, *>} attributes `class`, `aria-…` and so on; functions are listeners
 * @param {...(Node|string)} children
 */
export function element(name, attributes = {}, ...children) {
	return fill(document.createElement(name), attributes, children);
}

/** Create an SVG element. */
export function shape(name, attributes = {}, ...children) {
	return fill(document.createElementNS(SVG, name), attributes, children);
}

function fill(node, attributes, children) {
	for (const [name, value] of Object.entries(attributes)) {
		if (typeof value === "function") {
			node.addEventListener(name, value);
		}
		else if (value !== null && value !== undefined && value !== false) {
			node.setAttribute(name, value === true ? "" : value);
		}
	}
	node.append(...children);
	return node;
}

export function byId(id) {
	return document.getElementById(id);
}

/** Set the text of an element only if it changes: screen readers announce every assignment. */
export function say(node, text) {
	if (node.textContent !== text) {
		node.textContent = text;
	}
}

/**
 * Update the children of a node to match a list. Elements of items that stay are kept,
 * including their focus.
 *
 * @param {Element} parent
 * @param {Array} items
 * @param {function(*): string} key unique key of an item
 * @param {function(*): Element} create creates the element of a new item
 * @param {function(Element, *): void} update updates the element of an item
 */
export function reconcile(parent, items, key, create, update) {
	const names = new Set(items.map(key));
	const old = new Map();
	// Remove first: moving an element into a freed place would lose its focus.
	for (const child of [...parent.children]) {
		if (names.has(child.dataset.key)) {
			old.set(child.dataset.key, child);
		}
		else {
			child.remove();
		}
	}
	let place = parent.firstElementChild;
	for (const item of items) {
		const name = key(item);
		let child = old.get(name);
		if (!child) {
			child = create(item);
			child.dataset.key = name;
		}
		update(child, item);
		if (child === place) {
			place = place.nextElementSibling;
		}
		else {
			parent.insertBefore(child, place);
		}
	}
}
