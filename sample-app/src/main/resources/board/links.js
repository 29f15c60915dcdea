/** Addresses of pages of the console. */

import { to, toKey } from "./route.js";

const CONSOLE = "etcd-console/";

export function linkToService(name) {
	return CONSOLE + to(["services", name]);
}

export function linkToKey(key) {
	return CONSOLE + toKey(key);
}
