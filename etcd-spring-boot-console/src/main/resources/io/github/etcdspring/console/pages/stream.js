/** Delay before reconnecting when the browser has stopped trying, in milliseconds. */
const PAUSE = 2000;

/**
 * Subscribe to server-sent events. The browser reconnects after connection failures, but
 * stops after an error response, for example during a shutdown.
 *
 * @param {string} url
 * @param {Object<string, function(*): void>} handlers handlers by event name
 * @param {function(boolean): void} connected called when the connection opens or is lost
 */
export function follow(url, handlers, connected) {
	const source = new EventSource(url);
	source.addEventListener("open", () => connected(true));
	source.addEventListener("error", () => {
		connected(false);
		if (source.readyState === EventSource.CLOSED) {
			setTimeout(() => follow(url, handlers, connected), PAUSE);
		}
	});
	for (const [name, handler] of Object.entries(handlers)) {
		source.addEventListener(name, (event) => handler(JSON.parse(event.data)));
	}
}
