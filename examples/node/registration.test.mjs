// How a TPP's registration is tested: each test with a bank of its own, which can be told to go wrong.
// Start the emulator, then: npm install && KIT=/path/of/the/kit npm test
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tpp } from './tpp.mjs';
import { inWorld } from './world.mjs';

const BANK = 'uk-ob-3.3';

// The TPP of the kit, which every world knows, and what it said.
const withTpp = (run) =>
  inWorld(async (world) => {
    const told = [];
    const tpp = await Tpp.open({
      issuer: `${world.tls}/${BANK}`,
      kit: process.env.KIT ?? 'kit',
      clients: `${world.url}/banks/${BANK}/clients`,
      log: (line) => told.push(line),
    });
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
  const rule = { match: { operation: 'register' }, calls: 1, respond: busy };
  await world.call('PUT', '/scenarios/busy?activate=true', { rules: [rule] });
  await tpp.register();
  assert.match(told.join(), /^throttled: waiting [12] s$/);
}));
