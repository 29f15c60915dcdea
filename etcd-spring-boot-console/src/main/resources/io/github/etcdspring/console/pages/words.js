/** Formatting of numbers, times and statuses. */

const numbers = new Intl.NumberFormat("en-GB");
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const dayAndClock = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

export function number(value) {
	return numbers.format(value);
}

export function count(value, one, many) {
	return `${number(value)} ${value === 1 ? one : many}`;
}

/** Format the time of an instant, with the day unless it is today. */
export function time(instant) {
	const date = new Date(instant);
	return (day.format(date) === day.format(new Date()) ? clock : dayAndClock).format(date);
}

/** Format the time since an instant in its largest unit. */
export function ago(instant) {
	const seconds = Math.max(0, Math.round((Date.now() - Date.parse(instant)) / 1000));
	if (seconds < 60) {
		return "just now";
	}
	if (seconds < 3600) {
		return `${Math.floor(seconds / 60)} min ago`;
	}
	return seconds < 86400 ? `${Math.floor(seconds / 3600)} h ago` : `${Math.floor(seconds / 86400)} d ago`;
}

const STATUS = {
	UP: "Up",
	DOWN: "Down",
	OUT_OF_SERVICE: "Out of service",
	STARTING: "Starting",
	UNKNOWN: "Unknown"
};

export function status(name) {
	return STATUS[name] ?? name;
}

/** Why an instance rejects a change, with the key unless the reason names it. */
export function rejection({ key, reason }) {
	return key && !reason.includes(key) ? `${key}: ${reason}` : reason;
}

/** Whether a key holds a whole document, by the end of its name. */
export function isDocument(key) {
	return /\.(ya?ml|properties|json)$/.test(key);
}
