import { shape } from "./dom.js";
import { count } from "./words.js";

const SECONDS = 60;
const STEP = 4;
const BAR = 3;
const UP = 30;
const DOWN = 14;

/** An empty chart: a bar for each second, answered calls above the line and failed ones below. */
export function chart() {
	return shape("svg", {
		class: "chart", role: "img", viewBox: `0 0 ${SECONDS * STEP} ${UP + DOWN + 2}`, preserveAspectRatio: "none"
	}, shape("path", { class: "answered" }), shape("path", { class: "failed" }),
		shape("path", { class: "line", d: `M0 ${UP + 0.5}H${SECONDS * STEP}` }));
}

/**
 * Draw the calls of a minute.
 *
 * @param {SVGElement} svg what {@link chart} made
 * @param {{answered: number[], failed: number[]}} minute
 * @param {number} most calls of a second that take all of the height
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

/** The chart for those who do not see it. */
export function summary(minute) {
	return `Last minute: ${count(sum(minute.answered), "call", "calls")} answered, ${sum(minute.failed)} failed`;
}

/** Calls a second, over the last five. */
export function rate(numbers) {
	return Math.round(sum(numbers.slice(-5)) / 5 * 10) / 10;
}
