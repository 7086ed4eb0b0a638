// How a TPP's registration is tested: each test with a bank of its own, which can be told to go wrong.
// Start the emulator, then: npm install && KIT=/path/of/the/kit npm test
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Tpp } from './tpp.mjs';
import { inWorld } from './world.mjs';

const BANK = 'uk-ob-3.3';

// The TPP of the kit, which every world knows.
const open = (world, others) =>
  Tpp.open({
    issuer: `${world.tls}/${BANK}`,
    kit: process.env.KIT ?? 'kit',
    clients: `${world.url}/banks/${BANK}/clients`,
    token: process.env.TOKEN,
    ...others,
  });

// Rules of a test's own, in force at once.
const rule = (world, ...rules) => world.call('PUT', '/scenarios/own?activate=true', { rules });

// The TPP, and what it said.
const withTpp = (run) =>
  inWorld(async (world) => {
    const told = [];
    const tpp = await open(world, { log: (line) => told.push(line) });
    try {
      await run({ tpp, world, told });
    } finally {
      await tpp.close();
    }
  });

test('a client is registered, read and deleted', withTpp(async ({ tpp }) => {
  const client = await tpp.register();
  const token = await tpp.token(client);
  assert.equal((await tpp.read(client, token)).token_endpoint_auth_method, 'tls_client_auth');
  await tpp.delete(client, token);
  assert.deepEqual(await tpp.registered(), []);
}));

test('a throttled registration waits as long as the bank says', withTpp(async ({ tpp, world, told }) => {
  await world.activate('throttled-429');
  await tpp.register();
  assert.deepEqual(told, ['throttled: waiting 2 s', 'throttled: waiting 2 s']);
  await world.verify({ operation: 'register', status: 429 }, 2);
  await world.verify({ operation: 'register', status: 201 }, 1);
}));

test('a lost answer does not register twice', withTpp(async ({ tpp, world, told }) => {
  await world.activate('lost-response');
  const client = await tpp.register();
  assert.deepEqual(told, ['answer lost: asking who is registered']);
  assert.deepEqual(await tpp.registered(), [client]);
  await world.verify({ operation: 'register' }, 1);
}));

test('a reset connection that registered nobody is tried again', withTpp(async ({ tpp, world }) => {
  await world.activate('connection-reset');
  const client = await tpp.register();
  assert.deepEqual(await tpp.registered(), [client]);
  await world.verify({ operation: 'register' }, 2);
}));

test('a refusal names the check that failed', withTpp(async ({ tpp, world }) => {
  await world.advanceClock('1h'); // to the bank, a request for five minutes is an old one
  await assert.rejects(tpp.register(), /400 .*\(request_expired\)/);
  await world.verify({ operation: 'register', status: 201 }, 0);
}));

test('Retry-After may be a date', withTpp(async ({ tpp, world, told }) => {
  const busy = { status: 503, headers: { 'Retry-After': new Date(Date.now() + 2000).toUTCString() } };
  await rule(world, { match: { operation: 'register' }, calls: 1, respond: busy });
  await tpp.register();
  assert.match(told.join(), /^throttled: waiting [12] s$/);
}));

for (const value of [null, '-5', '1.5', 'soon']) {
  test(`Retry-After ${value} means a second`, withTpp(async ({ tpp, world, told }) => {
    const busy = { status: 429, headers: { 'Retry-After': value } };
    await rule(world, { match: { operation: 'register' }, calls: 1, respond: busy });
    await tpp.register();
    assert.deepEqual(told, ['throttled: waiting 1 s']);
  }));
}

for (const value of ['301', '9'.repeat(400), 'Fri, 01 Jan 2999 00:00:00 GMT']) {
  test(`Retry-After ${value.slice(0, 30)} is an error`, withTpp(async ({ tpp, world, told }) => {
    await rule(world, { match: { operation: 'token' }, respond: { status: 429, headers: { 'Retry-After': value } } });
    const client = await tpp.register();
    await assert.rejects(tpp.token(client), /: 429 .* more than 300 s\) \(x-fapi-interaction-id /);
    assert.deepEqual(told, []);
  }));
}

// The bank has registered the client, and its answer says something else.
const after = (respond, line) => withTpp(async ({ tpp, world, told }) => {
  await rule(world, { match: { operation: 'register' }, calls: 1, stage: 'after', respond });
  const client = await tpp.register();
  assert.deepEqual(told, [line]);
  assert.deepEqual(await tpp.registered(), [client]);
  await world.verify({ operation: 'register' }, 1);
});
const LOST = 'answer lost: asking who is registered';

test('a throttled answer after the work', after({ status: 503, headers: { 'Retry-After': '1' } }, 'throttled: waiting 1 s'));
test('a server error after the work', after({ status: 504 }, LOST));
test('a 201 without client_id', after({ status: 201, body: '{}' }, LOST));
test('an empty 201', after({ status: 201, body: '' }, LOST));

test('an answer that is no JSON is an error without its text', withTpp(async ({ tpp, world }) => {
  await rule(world, { match: { operation: 'token' }, respond: { status: 200, body: '{"access_token":"s3cret"' } });
  const client = await tpp.register();
  await assert.rejects(tpp.token(client), (error) => {
    assert.match(error.message, /^POST .*: 200 an answer that is no JSON \(x-fapi-interaction-id [0-9a-f-]{36}\)$/);
    assert.doesNotMatch(inspect(error), /s3cret/);
    return true;
  });
}));

test('a bank without endpoints is an error', inWorld(async (world) => {
  await rule(world, { match: { operation: 'discovery' }, respond: { status: 200, body: '{"issuer":"https://bank.example"}' } });
  await assert.rejects(open(world), /^Error: GET .* without registration_endpoint .*\(x-fapi-interaction-id /);
}));

test('a list of clients that is none is an error before anything is registered', inWorld(async (world) => {
  const tpp = await open(world, { clients: `${world.url}/status` });
  await assert.rejects(tpp.register(), /^Error: GET .* without items /);
  await tpp.close();
  await world.verify({ operation: 'register' }, 0);
}));

test('a test that fails says why even if its world is gone', async () => {
  const failing = inWorld(async (world) => {
    await world.call('DELETE', '');
    throw new Error('its own');
  });
  await assert.rejects(failing, /its own/);
});
