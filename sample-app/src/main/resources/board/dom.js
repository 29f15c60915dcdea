/**
 * Elements from data. Text becomes text and nothing else: ids, metadata and values come
 * from anybody who may write to etcd.
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

/** The same in SVG. */
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

/** Set the text of an element only if it is another one, which a screen reader may notice. */
export function say(node, text) {
	if (node.textContent !== text) {
		node.textContent = text;
	}
}

/**
 * Make the children of a node those of a list, and keep those that stay, with whatever
 * focus is in them.
 *
 * @param {Element} parent
 * @param {Array} items
 * @param {function(*): string} key what tells items apart
 * @param {function(*): Element} create an element for a new item
 * @param {function(Element, *): void} update shows the item as it is now
 */
export function reconcile(parent, items, key, create, update) {
	const names = new Set(items.map(key));
	const old = new Map();
	// What has gone goes first: an element that is moved to its place loses the focus.
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
