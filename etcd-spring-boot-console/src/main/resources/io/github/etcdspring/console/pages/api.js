/** Client of the console's API. Names and keys are parameters, never parts of a path. */

/** What is known about the user: `{user, roles, configPrefix, application}`. */
export const session = { user: "", roles: [], configPrefix: "/config/", application: "" };

export async function loadSession() {
	Object.assign(session, await get("session"));
}

/** Whether the user has a role: `EDITOR` or `OPERATOR`. */
export function may(role) {
	return session.roles.includes(role);
}

export function get(path, parameters, signal) {
	return call("GET", address(path, parameters), undefined, signal);
}

export function post(path, body, parameters) {
	return call("POST", address(path, parameters), body);
}

export function put(path, body, parameters) {
	return call("PUT", address(path, parameters), body);
}

export function remove(path, parameters) {
	return call("DELETE", address(path, parameters));
}

function address(path, parameters = {}) {
	const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
	return given.length === 0 ? `api/${path}` : `api/${path}?${new URLSearchParams(given)}`;
}

async function call(method, url, body, signal) {
	let response;
	try {
		response = await fetch(url, {
			method,
			signal,
			headers: {
				"Accept": "application/json, application/problem+json",
				"Content-Type": "application/json",
				"X-Requested-With": "etcd-console",
				"X-XSRF-TOKEN": token()
			},
			body: body && JSON.stringify(body)
		});
	}
	catch (error) {
		if (error.name === "AbortError") {
			throw error;
		}
		throw new Error("No response from the console.");
	}
	if (!response.ok) {
		const problem = await response.json().catch(() => ({}));
		const error = new Error(problem.detail ?? unexplained(response.status));
		error.status = response.status;
		throw error;
	}
	return response.status === 204 ? null : response.json();
}

function unexplained(status) {
	if (status === 401) {
		return "You are signed out. Reload the page to sign in again.";
	}
	return status === 403 ? "You are not allowed to do this." : `The request failed with status ${status}. Reload the page.`;
}

/** CSRF token that Spring Security expects in the request header. */
function token() {
	return document.cookie.split("; ").find((cookie) => cookie.startsWith("XSRF-TOKEN="))?.slice("XSRF-TOKEN=".length) ?? "";
}
