// A world of the emulator for each test: banks, clients, clock and scenarios that no other test sees.
//
//   test('…', inWorld(async (world) => { await world.activate('throttled-429'); … }));
//
// It knows no test runner: `test` may be that of node:test, Vitest or Jest (for ES modules in Jest:
// NODE_OPTIONS=--experimental-vm-modules and --testMatch '**/*.test.mjs').
//
// EMULATOR  its control listener
// TOKEN     the control token, if it wants one
// SCENARIO  a scenario that is in force in every world, to see what becomes of the suite
const { TOKEN, SCENARIO } = process.env;
const EMULATOR = (process.env.EMULATOR ?? 'http://localhost:8445').replace(/\/+$/, '');

async function call(method, url, body) {
  const headers = body ? { 'content-type': 'application/json' } : {};
  if (TOKEN) headers.authorization = `Bearer ${TOKEN}`;
  const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) }).catch(() => {
    const error = new Error(`no emulator at ${EMULATOR}`);
    error.stack = error.message; // this line says it all
    throw error;
  });
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
  return answer;
}

export const inWorld = (run) => async () => {
  // Should nobody be left to delete it, it goes by itself.
  const made = await call('POST', `${EMULATOR}/api/worlds`, { ttl: '10m', scenarios: SCENARIO ? [SCENARIO] : [] });
  const { name, urls } = await made.json();
  const url = `${EMULATOR}/api/worlds/${name}`;
  try {
    await run({
      url,
      tls: urls.tls,
      call: (method, path, body) => call(method, `${url}${path}`, body),
      activate: (scenario) => call('POST', `${url}/scenarios/${scenario}/activate`),
      advanceClock: (by) => call('POST', `${url}/clock/advance`, { by }),
      // Fails with what came nearest if it was not so.
      verify: (match, exactly) => call('POST', `${url}/verify?strict=true`, { match, times: { exactly } }),
    });
  } catch (error) {
    await tell(url).catch(beside);
    throw error;
  } finally {
    await call('DELETE', url).catch(beside);
  }
};

// What the emulator saw.
async function tell(url) {
  const { items } = await (await call('GET', `${url}/exchanges`)).json();
  for (const { id } of items) console.error(await (await call('GET', `${url}/exchanges/${id}/explain`)).text());
}

// What goes wrong around a test takes nothing from its own outcome.
const beside = (error) => console.error(`world: ${error.message}`);
