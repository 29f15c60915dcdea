import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, isRefused } from './etcd.js';
import { Registration } from './registration.js';
import { Services } from './services.js';

const { SERVICE = 'greeting', HOST = '127.0.0.1', PORT = '0', TTL = '10' } = process.env;

const etcd = connect();
const id = `node-${randomBytes(6).toString('hex')}`;
const services = new Services(connect, '/services/');

const server = createServer(async (request, response) => {
  try {
    const answer = await handle(request);
    response.writeHead(answer === undefined ? 404 : 200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(answer));
  } catch (error) {
    response.writeHead(502).end(error.message);
  }
});

async function handle(request) {
  const { port } = server.address();
  const [, path, name] = request.url.split('/');
  switch (`${request.method} /${path}`) {
    case 'GET /greeting':
      return { message: 'Hello from Node', instance: id, port };
    case 'GET /instances':
      return services.all();
    case 'GET /greetings':
      return (await Promise.allSettled(Object.values(services.of(SERVICE)).map(greetingOf)))
        .filter(({ status }) => status === 'fulfilled') // a killed instance is listed until its lease expires
        .map(({ value }) => value);
    case 'PUT /config':
      await etcd.put(`/config/${SERVICE}/${SERVICE}/${name}`).value(await text(request));
      return { saved: name };
  }
}

async function greetingOf(url) {
  const response = await fetch(`${url}/greeting`, { signal: AbortSignal.timeout(5_000) });
  return response.json();
}

server.listen(Number(PORT), HOST);
await once(server, 'listening');
const { port } = server.address();

const registration = new Registration(etcd, `/services/${SERVICE}/${id}`, { host: HOST, port }, Number(TTL));
try {
  await registration.start();
} catch (error) {
  const advice = isRefused(error) ? ': check ETCD_USERNAME, ETCD_PASSWORD and the role of the user' : '';
  console.error(`Failed to register in etcd${advice} (${error.message})`);
  process.exit(1);
}

services.on('up', (key, url) => console.log(`up ${key} ${url}`));
services.on('down', (key) => console.log(`down ${key}`));
services.on('down', (key) => key === registration.key && registration.restore());
services.follow();
console.log(`serving ${id} on port ${port}`);

process.once('SIGTERM', async () => {
  await registration.stop().catch((error) => console.error(`failed to revoke the lease: ${error.message}`));
  // Callers remove the instance before the server stops accepting
  await delay(500);
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
