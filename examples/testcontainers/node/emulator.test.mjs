// The emulator as a container that lives as long as this file's tests, on whatever ports are free.
//
//   npm install && npm test
//
// IMAGE                    the emulator's image
// ASPSP_EMULATOR_HOSTNAME  where the tests find the engine's ports, if that is not localhost, such as
//                          `docker`, or 172.17.0.1 for tests that are in a container themselves: it must
//                          be in the server's certificate
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { GenericContainer, Wait } from 'testcontainers';
import { Agent, request } from 'undici';

const { IMAGE = 'aspsp-emulator', ASPSP_EMULATOR_HOSTNAME = 'localhost' } = process.env;
const [MTLS, TLS, CONTROL] = [8443, 8444, 8445];
const BANK = 'uk-ob-3.3';

let container, control, agent;

before(async () => {
  container = await new GenericContainer(IMAGE)
    .withEnvironment({ ASPSP_EMULATOR_HOSTNAME })
    .withExposedPorts(MTLS, TLS, CONTROL)
    .withWaitStrategy(Wait.forHealthCheck())
    .start();
  const at = (port) => `${container.getHost()}:${container.getMappedPort(port)}`;
  control = `http://${at(CONTROL)}`;
  // Its documents must name the mapped ports.
  const urls = { mtls: `https://${at(MTLS)}`, tls: `https://${at(TLS)}` };
  await send(`${control}/api/urls`, 'PUT', 'application/json', JSON.stringify(urls));
  // What a TPP has after it enrolled: certificates, keys, ids and software statement.
  const kit = (name) => send(`${control}/kit/${name}`);
  agent = new Agent({
    connect: { ca: await kit('ca.pem'), cert: await kit('transport.pem'), key: await kit('transport.key') },
  });
});

after(async () => {
  await agent?.close();
  await container?.stop();
});

test("the kit's TPP registers", async () => {
  const { discovery } = JSON.parse(await send(`${control}/api/banks/${BANK}`));
  const { registration_endpoint } = JSON.parse(await send(discovery));
  const signed = await send(`${control}/kit/registration-${BANK}.jwt`);
  const client = JSON.parse(await send(registration_endpoint, 'POST', 'application/jose', signed));
  assert.equal(client.token_endpoint_auth_method, 'tls_client_auth');
});

async function send(url, method = 'GET', type, body) {
  const headers = type ? { 'content-type': type } : {};
  const answer = await request(url, { dispatcher: agent, method, headers, body });
  const text = await answer.body.text();
  assert.ok(answer.statusCode < 300, `${method} ${url}: ${answer.statusCode} ${text}`);
  return text;
}
