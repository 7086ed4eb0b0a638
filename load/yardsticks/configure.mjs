// Writes what the stub servers are to answer into the folder in which they are installed:
//   node configure.mjs DIR
// Each answers POST /register with 201 and answer.json, which is what the emulator answered to a
// registration at uk-ob-3.3.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const dir = process.argv[2];
const answer = readFileSync(new URL('answer.json', import.meta.url), 'utf8').trimEnd();
const headers = { 'Content-Type': 'application/json' };
// By itself it closes the connection after each answer, and sends chunks.
const kept = { ...headers, Connection: 'keep-alive', 'Content-Length': Buffer.byteLength(answer) };
const [method, path] = ['POST', '/register'];

// What the list says is what is installed.
const { dependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
const listed = JSON.parse(readFileSync(new URL('yardsticks.json', import.meta.url), 'utf8'));
for (const [name, version] of Object.entries(dependencies)) {
  const row = listed.find((yardstick) => yardstick.name === name.replace(/-node$/, ''));
  if (row?.version !== version) throw new Error(`${name} ${version} is listed as ${row?.version}`);
}

function write(name, value) {
  const file = join(dir, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, JSON.stringify(value, null, 2));
}

write('wiremock/mappings/register.json', {
  request: { method, urlPath: path },
  response: { status: 201, headers, body: answer },
});
write('mockserver/expectations.json', [
  {
    httpRequest: { method, path },
    httpResponse: { statusCode: 201, headers, body: answer },
    times: { unlimited: true },
  },
]);
// Its port is filled in when it is started.
write('mountebank/imposters.template.json', {
  imposters: [
    {
      port: '@PORT@',
      protocol: 'http',
      host: '127.0.0.1',
      stubs: [
        {
          predicates: [{ equals: { method, path } }],
          responses: [{ is: { statusCode: 201, headers: kept, body: answer } }],
        },
      ],
    },
  ],
});
