import { setTimeout as delay } from 'node:timers/promises';

/** Keeps one key registered under a lease, and registers again when the key or the lease is lost. */
export class Registration {
  #client;
  #ttl;
  #lease;
  #stopped = false;

  constructor(client, key, value, ttl) {
    this.#client = client;
    this.key = key;
    this.value = JSON.stringify(value);
    this.#ttl = ttl;
  }

  /** Registers, or throws if etcd rejects it. */
  async start() {
    const lease = this.#client.lease(this.#ttl);
    try {
      await lease.put(this.key).value(this.value);
    } catch (error) {
      await lease.revoke().catch(() => {});
      throw error;
    }
    this.#lease = lease;
    lease.once('lost', () => this.#again());
    if (lease.revoked()) this.#again();
  }

  /** Puts a deleted key again; if the lease is lost too, 'lost' registers again. */
  async restore() {
    if (!this.#stopped) await this.#lease.put(this.key).value(this.value).catch(() => {});
  }

  async stop() {
    this.#stopped = true;
    await this.#lease?.revoke();
  }

  async #again() {
    while (!this.#stopped) {
      try {
        await this.start();
        console.log(`registered again: ${this.key}`);
        return;
      } catch (error) {
        console.error(`failed to register: ${error.message}`);
        await delay(1_000);
      }
    }
  }
}
