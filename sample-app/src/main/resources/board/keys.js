/** Keys of the configuration, read and written by way of the shop. */

const URL = "board/configuration";

/** What a key holds and has held. */
export function open(key) {
	return call("GET", `${URL}?${new URLSearchParams({ key })}`);
}

/** Write a key, `null` deletes it, unless it has another revision than the one given. */
export function write(key, value, revision) {
	return call("PUT", URL, { key, value, revision });
}

/** Write what a key held at an earlier revision, on the same condition. */
export function restore(key, version, revision) {
	return call("POST", `${URL}/restore`, { key, version, revision });
}

async function call(method, url, body) {
	let response;
	try {
		response = await fetch(url, {
			method,
			headers: { "Content-Type": "application/json", "X-XSRF-TOKEN": token() },
			body: body && JSON.stringify(body)
		});
	}
	catch {
		throw new Error("The shop does not answer.");
	}
	if (!response.ok) {
		const problem = await response.json().catch(() => ({}));
		const error = new Error(problem.detail ?? `The shop refuses this (${response.status}). Load the page again.`);
		error.status = response.status;
		throw error;
	}
	return response.json();
}

/** Proves that it is this page that asks, and not that of another site. */
function token() {
	return document.cookie.split("; ").find((cookie) => cookie.startsWith("XSRF-TOKEN="))?.slice("XSRF-TOKEN=".length) ?? "";
}
