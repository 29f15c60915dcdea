/**
 * Creates and updates elements. All data is set as text, never as HTML: anyone who can
 * write to etcd controls names, metadata and values.
 */

/**
 * @param {string} name of the element
 * @param {Object<string, *>} attributes `class`, `aria-…` and so on; functions are listeners
 * @param {...(Node|string)} children
 */
export function element(name, attributes = {}, ...children) {
	const node = document.createElement(name);
	for (const [attribute, value] of Object.entries(attributes)) {
		if (typeof value === "function") {
			node.addEventListener(attribute, value);
		}
		else if (value !== null && value !== undefined && value !== false) {
			node.setAttribute(attribute, value === true ? "" : value);
		}
	}
	node.append(...children.filter((child) => child !== null));
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

/** Announce a text politely to screen readers. */
export function announce(text) {
	say(byId("announcer"), text);
}

export function badge() {
	return element("span", { class: "badge" });
}

/** Show a state as a sign and a word, never as a colour alone. */
export function sayState(node, state, text) {
	node.dataset.state = state;
	say(node, text);
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
