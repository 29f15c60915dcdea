/** Delay before reconnecting when the browser has stopped trying, in milliseconds. */
const PAUSE = 2000;

/**
 * Subscribe to the console's events. The browser reconnects after connection failures,
 * but stops after an error response, for example during a shutdown.
 *
 * @param {function(Object): void} onState called with the state at once and after each change
 * @param {function(boolean): void} connected called when the connection opens or is lost
 */
export function follow(onState, connected) {
	const source = new EventSource("api/events");
	source.addEventListener("open", () => connected(true));
	source.addEventListener("error", () => {
		connected(false);
		if (source.readyState === EventSource.CLOSED) {
			setTimeout(() => follow(onState, connected), PAUSE);
		}
	});
	source.addEventListener("state", (event) => onState(JSON.parse(event.data)));
}
