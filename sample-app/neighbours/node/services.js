import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** All instances of all services, and an event for each that comes, changes or goes. */
export class Services extends EventEmitter {
  #connect;
  #prefix;
  #instances = new Map();

  constructor(connect, prefix) {
    super();
    this.#connect = connect;
    this.#prefix = prefix;
  }

  /** The instances of a service, as URLs by id. */
  of(service) {
    return this.all()[service] ?? {};
  }

  all() {
    const services = {};
    for (const { service, id, url } of this.#instances.values()) (services[service] ??= {})[id] = url;
    return services;
  }

  /** Watches, and watches anew when a watch ends, until the process does. */
  async follow() {
    for (;;) {
      // A client of its own: a watch that etcd refuses, as with a token of before its restart, spoils the client
      const client = this.#connect();
      try {
        await this.#watch(client);
      } catch (error) {
        console.error(`watch: ${error.message}`);
      } finally {
        client.close();
      }
      await delay(500);
    }
  }

  async #watch(client) {
    await client.getAll().prefix(this.#prefix).count(); // gets a token, and fails where a watch would be refused
    const watcher = await client.watch().prefix(this.#prefix).create();
    try {
      const ended = new Promise((_, reject) => watcher.on('disconnected', reject).on('error', reject));
      ended.catch(() => {});
      // Events first, and kept; then the list, then what is newer than that: nothing falls between the two
      const early = [];
      let apply = (kv) => early.push(kv);
      watcher.on('put', (kv) => apply(kv)).on('delete', (kv) => apply({ ...kv, deleted: true }));
      const { kvs, header } = await client.getAll().prefix(this.#prefix).exec();
      this.#replace(kvs);
      apply = (kv) => (kv.deleted ? this.#delete(kv.key.toString()) : this.#put(kv));
      early.filter((kv) => BigInt(kv.mod_revision) > BigInt(header.revision)).forEach(apply);
      await ended;
    } finally {
      watcher.cancel().catch(() => {});
    }
  }

  #replace(kvs) {
    const listed = new Set(kvs.map((kv) => kv.key.toString()));
    [...this.#instances.keys()].filter((key) => !listed.has(key)).forEach((key) => this.#delete(key));
    kvs.forEach((kv) => this.#put(kv));
  }

  #put(kv) {
    const key = kv.key.toString();
    try {
      const instance = read(key.slice(this.#prefix.length), kv.value.toString());
      const before = this.#instances.get(key);
      if (instance.status !== 'UP') {
        this.#delete(key);
      } else if (before?.url !== instance.url) {
        this.#instances.set(key, instance);
        this.emit('up', key, instance.url);
      }
    } catch {
      this.#delete(key);
      console.error(`skipped ${key}: this is no instance`);
    }
  }

  #delete(key) {
    if (this.#instances.delete(key)) this.emit('down', key);
  }
}

/** Reads what Spring writes, and what Go, Node and scripts do. */
function read(path, value) {
  const slash = path.indexOf('/');
  if (slash < 1) throw new Error('no instance');
  const [service, id] = [path.slice(0, slash), path.slice(slash + 1)].map(decodeURIComponent);
  const { host, port, addr, Addr, secure, status = 'UP' } = value.startsWith('{') ? JSON.parse(value) : { addr: value };
  const address = host ? `${host}:${port}` : (addr ?? Addr);
  if (!/^.+:\d+$/.test(address)) throw new Error('no address');
  return { service, id, url: new URL(`${secure ? 'https' : 'http'}://${address}`).origin, status };
}
