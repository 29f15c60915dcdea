import { element } from "./dom.js";

/** Unchanged lines shown around a change. */
const CONTEXT = 3;

/** Largest product of lines that is compared line by line; more is shown as replaced. */
const MOST = 4_000_000;

/**
 * Show the difference of two values, `null` for a key that does not exist.
 *
 * @param {string} name text alternative
 */
export function difference(name, before, after) {
	const node = element("div", { class: "diff", role: "group", "aria-label": name });
	if (before === after) {
		node.append(element("p", { class: "quiet" }, before === null ? "The key does not exist." : "No difference."));
		return node;
	}
	const lines = compare(...split([before, after]));
	const near = lines.map((_, index) => lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some((line) => line.sign !== " "));
	for (let index = 0; index < lines.length; index++) {
		if (near[index]) {
			node.append(line(lines[index], partner(lines, index)));
			continue;
		}
		const start = index;
		while (index + 1 < lines.length && !near[index + 1]) {
			index++;
		}
		const hidden = index - start + 1;
		node.append(element("p", { class: "skipped" }, `${hidden} unchanged ${hidden === 1 ? "line" : "lines"}`));
	}
	if (before === null || after === null) {
		node.append(element("p", { class: "skipped" }, before === null ? "New key" : "Key is deleted"));
	}
	return node;
}

/** Split values into lines; a line break at the end of both is not a line. */
function split(values) {
	const isEnded = values.every((value) => value === null || value.endsWith("\n"));
	return values.map((value) => value === null ? [] : value.split("\n").slice(0, isEnded ? -1 : undefined));
}

function compare(left, right) {
	let start = 0;
	while (start < left.length && start < right.length && left[start] === right[start]) {
		start++;
	}
	let end = 0;
	while (end < left.length - start && end < right.length - start && left[left.length - 1 - end] === right[right.length - 1 - end]) {
		end++;
	}
	const same = (line) => ({ sign: " ", text: line });
	return [...left.slice(0, start).map(same),
		...middle(left.slice(start, left.length - end), right.slice(start, right.length - end)),
		...left.slice(left.length - end).map(same)];
}

/** Compare by the longest common subsequence. */
function middle(left, right) {
	const removed = (text) => ({ sign: "−", text });
	const added = (text) => ({ sign: "+", text });
	if (left.length * right.length > MOST) {
		return [...left.map(removed), ...right.map(added)];
	}
	const width = right.length + 1;
	const common = new Uint16Array((left.length + 1) * width);
	for (let i = left.length - 1; i >= 0; i--) {
		for (let j = right.length - 1; j >= 0; j--) {
			common[i * width + j] = left[i] === right[j] ? common[(i + 1) * width + j + 1] + 1
				: Math.max(common[(i + 1) * width + j], common[i * width + j + 1]);
		}
	}
	const lines = [];
	let i = 0;
	let j = 0;
	while (i < left.length && j < right.length) {
		if (left[i] === right[j]) {
			lines.push({ sign: " ", text: left[i] });
			i++;
			j++;
		}
		else if (common[(i + 1) * width + j] >= common[i * width + j + 1]) {
			lines.push(removed(left[i++]));
		}
		else {
			lines.push(added(right[j++]));
		}
	}
	return [...lines, ...left.slice(i).map(removed), ...right.slice(j).map(added)];
}

/** The line that replaces, or is replaced by, a changed line that stands alone. */
function partner(lines, index) {
	const { sign } = lines[index];
	const other = sign === "−" ? lines[index + 1] : lines[index - 1];
	const beyond = sign === "−" ? lines[index + 2] : lines[index + 1];
	const before = sign === "−" ? lines[index - 1] : lines[index - 2];
	const isPair = sign !== " " && other && other.sign !== " " && other.sign !== sign;
	return isPair && (beyond?.sign ?? " ") === " " && (before?.sign ?? " ") === " " ? other.text : null;
}

function line({ sign, text }, other) {
	const name = sign === "+" ? "ins" : sign === "−" ? "del" : "span";
	return element(name, { class: "line" }, element("span", { class: "sign", "aria-hidden": "true" }, sign),
		element("code", {}, ...(other === null ? [text] : marked(text, other))));
}

/** Mark the part of a line that differs from another line. */
function marked(text, other) {
	let start = 0;
	while (start < text.length && start < other.length && text[start] === other[start]) {
		start++;
	}
	let end = 0;
	while (end < text.length - start && end < other.length - start && text[text.length - 1 - end] === other[other.length - 1 - end]) {
		end++;
	}
	return start + end < 3 ? [text] : [text.slice(0, start), element("mark", {}, text.slice(start, text.length - end)), text.slice(text.length - end)];
}
