import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** Tracks the instances of all services and emits an event when one is added, changed or removed. */
export class Services extends EventEmitter {
  #connect;
  #prefix;
  #instances = new Map();

  constructor(connect, prefix) {
    super();
    this.#connect = connect;
    this.#prefix = prefix;
  }

  /** Returns the instances of a service, as URLs by id. */
  of(service) {
    return this.all()[service] ?? {};
  }

  all() {
    const services = {};
    for (const { service, id, url } of this.#instances.values()) (services[service] ??= {})[id] = url;
    return services;
  }

  /** Watches, and reopens the watch when it ends. */
  async follow() {
    for (;;) {
      // A new client per watch: a watch rejected by etcd, for example for an expired token, makes the client unusable
      const client = this.#connect();
      try {
        await this.#watch(client);
      } catch (error) {
        console.error(`watch failed: ${error.message}`);
      } finally {
        client.close();
      }
      await delay(500);
    }
  }

  async #watch(client) {
    await client.getAll().prefix(this.#prefix).count(); // authenticates, and fails if the watch would be rejected
    const watcher = await client.watch().prefix(this.#prefix).create();
    try {
      const ended = new Promise((_, reject) => watcher.on('disconnected', reject).on('error', reject));
      ended.catch(() => {});
      // Buffer events, then list, then apply the buffered events newer than the list: no change is lost in between
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
      console.error(`skipped ${key}: not an instance`);
    }
  }

  #delete(key) {
    if (this.#instances.delete(key)) this.emit('down', key);
  }
}

/** Parses the formats written by Spring, Go, Node and the scripts. */
function read(path, value) {
  const slash = path.indexOf('/');
  if (slash < 1) throw new Error('not an instance');
  const [service, id] = [path.slice(0, slash), path.slice(slash + 1)].map(decodeURIComponent);
  const { host, port, addr, Addr, secure, status = 'UP' } = value.startsWith('{') ? JSON.parse(value) : { addr: value };
  const address = host ? `${host}:${port}` : (addr ?? Addr);
  if (!/^.+:\d+$/.test(address)) throw new Error('no address');
  return { service, id, url: new URL(`${secure ? 'https' : 'http'}://${address}`).origin, status };
}
