/** Formatting of times, to the second. */

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

export function time(instant) {
	return clock.format(new Date(instant));
}

/** Format the time since an instant in its largest unit. */
export function age(instant, now) {
	const seconds = Math.max(0, Math.round((now - Date.parse(instant)) / 1000));
	if (seconds < 60) {
		return `${seconds} s`;
	}
	if (seconds < 3600) {
		return `${Math.floor(seconds / 60)} min`;
	}
	return seconds < 86400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86400)} d`;
}
