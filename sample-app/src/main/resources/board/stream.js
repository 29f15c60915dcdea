/** How long to wait where the browser has given up. */
const PAUSE = 2000;

/**
 * Follow what the shop sends. The browser connects again by itself as long as nobody
 * answers, and gives up where the answer is no, as that of a shop that is closing.
 *
 * @param {string} url
 * @param {Object<string, function(*): void>} handlers by name of the event
 * @param {function(boolean): void} connected told when the connection is there, or lost
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
