/** Client of the shop's endpoints that read and write configuration keys. */

const URL = "board/configuration";

/** Read a key and its history. */
export function open(key) {
	return call("GET", `${URL}?${new URLSearchParams({ key })}`);
}

/** Write a key, or delete it if the value is `null`, if it still has the given revision. */
export function write(key, value, revision) {
	return call("PUT", URL, { key, value, revision });
}

/** Restore an earlier version of a key, if it still has the given revision. */
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
		throw new Error("No response from the shop.");
	}
	if (!response.ok) {
		const problem = await response.json().catch(() => ({}));
		const error = new Error(problem.detail ?? `Request failed with status ${response.status}. Reload the page.`);
		error.status = response.status;
		throw error;
	}
	return response.json();
}

/** CSRF token that Spring Security expects in the request header. */
function token() {
	return document.cookie.split("; ").find((cookie) => cookie.startsWith("XSRF-TOKEN="))?.slice("XSRF-TOKEN=".length) ?? "";
}
