/** Addresses of the views: a path of encoded segments and parameters after the hash. */

/**
 * @param {string} hash such as `#/services/orders?page=2`
 * @returns {{segments: string[], parameters: URLSearchParams}}
 */
export function parse(hash) {
	const [path, query] = hash.replace(/^#\/?/, "").split(/\?(.*)/s);
	return { segments: path.split("/").filter((segment) => segment !== "").map(decode), parameters: new URLSearchParams(query ?? "") };
}

function decode(segment) {
	try {
		return decodeURIComponent(segment);
	}
	catch {
		return segment;
	}
}

export function to(segments, parameters = {}) {
	const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
	const path = `#/${segments.map(encodeURIComponent).join("/")}`;
	return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

export function toKey(key) {
	return to(["key"], { key });
}

/** Change parameters of the shown view without a new entry in the browser's history. */
export function remember(parameters) {
	const { segments, parameters: now } = parse(location.hash);
	history.replaceState(null, "", to(segments, { ...Object.fromEntries(now), ...parameters }));
}
