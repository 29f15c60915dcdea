import { count } from "./words.js";

const SECONDS = 60;
const STEP = 4;
const BAR = 3;
const UP = 30;
const DOWN = 14;
const SVG = "http://www.w3.org/2000/svg";

/** Create an empty chart: one bar per second, successful requests above the line and failed ones below. */
export function chart() {
	return shape("svg", {
		class: "chart", role: "img", viewBox: `0 0 ${SECONDS * STEP} ${UP + DOWN + 2}`, preserveAspectRatio: "none"
	}, shape("path", { class: "answered" }), shape("path", { class: "failed" }),
		shape("path", { class: "line", d: `M0 ${UP + 0.5}H${SECONDS * STEP}` }));
}

function shape(name, attributes, ...children) {
	const node = document.createElementNS(SVG, name);
	Object.entries(attributes).forEach(([attribute, value]) => node.setAttribute(attribute, value));
	node.append(...children);
	return node;
}

/**
 * Draw the requests of a minute.
 *
 * @param {SVGElement} svg a chart made by {@link chart}
 * @param {{answered: number[], failed: number[]}} minute
 * @param {number} most requests per second at full height
 */
export function draw(svg, minute, most) {
	const [answered, failed] = svg.children;
	answered.setAttribute("d", minute.answered.map((calls, second) => calls === 0 ? ""
		: `M${second * STEP} ${UP}v${-height(calls, most, UP)}h${BAR}V${UP}z`).join(""));
	failed.setAttribute("d", minute.failed.map((calls, second) => calls === 0 ? ""
		: `M${second * STEP} ${UP + 2}v${height(calls, most, DOWN)}h${BAR}V${UP + 2}z`).join(""));
	svg.setAttribute("aria-label", summary(minute));
}

function height(calls, most, full) {
	return Math.max(2, Math.round(calls / most * full));
}

export function sum(numbers) {
	return numbers.reduce((total, number) => total + number, 0);
}

/** Text alternative of the chart. */
export function summary(minute) {
	return `Last minute: ${count(sum(minute.answered), "request", "requests")} succeeded, ${sum(minute.failed)} failed`;
}

/** Requests per second, averaged over the last five seconds. */
export function rate(numbers) {
	return Math.round(sum(numbers.slice(-5)) / 5 * 10) / 10;
}
