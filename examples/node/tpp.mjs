// A TPP that registers its software at a bank, reads its client and deletes it.
//
//   npm install && ISSUER=https://localhost:8444/uk-ob-3.3 KIT=../../kit node tpp.mjs
//
// What a bank may do to it: throttle (429, or 503 with Retry-After), and lose the answer to a
// registration. It waits as it is told, and never registers twice. TOKEN, if set, is the bearer token
// for CLIENTS.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { SignJWT, importPKCS8 } from 'jose';
import { Agent, request } from 'undici';

const TRIES = 5;
const LONGEST_WAIT = 300; // seconds that a bank may ask for
const TIMEOUT = 30_000; // for a whole answer, head and body

export class Tpp {
  // `issuer` is the bank's, `kit` the folder with keys, certificates and software statement, and
  // `clients` where the bank tells who is registered: its developer portal, or its support desk.
  static async open({ issuer, kit, clients, token, log = console.log }) {
    const file = (name) => readFile(join(kit, name), 'utf8');
    const tpp = new Tpp();
    tpp.agent = new Agent({
      connect: { ca: await file('ca.pem'), cert: await file('transport.pem'), key: await file('transport.key') },
    });
    tpp.log = log;
    tpp.clients = { url: clients, headers: token ? { authorization: `Bearer ${token.trim()}` } : {} };
    tpp.software = JSON.parse(await file('tpp.json'));
    tpp.statement = (await file('ssa.jwt')).trim();
    tpp.signingKey = await importPKCS8(await file('signing.key'), 'PS256');
    tpp.bank = await tpp.discover(issuer);
    return tpp;
  }

  async discover(issuer) {
    const answer = await this.send('GET', `${issuer}/.well-known/openid-configuration`);
    // Banks may have other addresses for callers with a certificate (RFC 8705, section 5).
    Object.assign(answer.json ?? {}, answer.json?.mtls_endpoint_aliases);
    const members = ['issuer', 'registration_endpoint', 'token_endpoint'];
    return Object.fromEntries(members.map((name) => [name, answer.member(name, isUrl)]));
  }

  async register() {
    const before = await this.registered();
    const headers = { 'content-type': 'application/jose' };
    for (let attempt = 1; ; attempt++) {
      const signed = await this.registrationRequest();
      const answer = await this.exchange('POST', this.bank.registration_endpoint, headers, signed);
      if (answer.status === 201 && isText(answer.json?.client_id)) return answer.json.client_id;
      const throttled = answer.wait !== undefined;
      if (answer.status >= 400 && answer.status < 500 && !throttled) throw answer.error();

      // The bank may have done its work all the same, and a second POST could register a second client.
      const last = attempt === TRIES || answer.wait > LONGEST_WAIT;
      if (!throttled) this.log('answer lost: asking who is registered');
      else if (!last) await this.pause(answer.wait);
      const client = (await this.registered()).find((id) => !before.includes(id));
      if (client) return client;
      if (last) throw answer.error();
      if (!throttled) await sleep(1000);
    }
  }

  // Signed anew for each try: banks may take a `jti` only once.
  registrationRequest() {
    const { software_id, redirect_uris, subject_dn, kid } = this.software;
    return new SignJWT({
      software_id,
      redirect_uris,
      software_statement: this.statement,
      scope: 'openid accounts payments',
      grant_types: ['client_credentials', 'authorization_code', 'refresh_token'],
      response_types: ['code id_token'],
      application_type: 'web',
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_subject_dn: subject_dn,
      id_token_signed_response_alg: 'PS256',
      request_object_signing_alg: 'PS256',
    })
      .setProtectedHeader({ alg: 'PS256', typ: 'JWT', kid })
      .setIssuer(software_id)
      .setAudience(this.bank.issuer)
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(this.signingKey);
  }

  // The ids of the clients that this software has at the bank.
  async registered() {
    const answer = await this.send('GET', this.clients.url, this.clients.headers);
    const items = answer.member('items', isListOfClients);
    return items.filter((client) => client.software_id === this.software.software_id).map((client) => client.client_id);
  }

  // The transport certificate is the client's proof (`tls_client_auth`).
  async token(client_id) {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id });
    return (await this.send('POST', this.bank.token_endpoint, headers, form.toString())).member('access_token');
  }

  async read(client_id, token) {
    const answer = await this.manage('GET', client_id, token);
    answer.member('token_endpoint_auth_method');
    return answer.json;
  }

  async delete(client_id, token) {
    await this.manage('DELETE', client_id, token);
  }

  manage(method, client_id, token) {
    const url = `${this.bank.registration_endpoint}/${encodeURIComponent(client_id)}`;
    return this.send(method, url, { authorization: `Bearer ${token}` });
  }

  // Sends until it is not throttled, and gives the answer if it is a success.
  async send(method, url, headers, body) {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.exchange(method, url, headers, body);
      if (answer.status >= 200 && answer.status < 300) return answer;
      if (answer.wait === undefined || answer.wait > LONGEST_WAIT || attempt === TRIES) throw answer.error();
      await this.pause(answer.wait);
    }
  }

  async pause(seconds) {
    this.log(`throttled: waiting ${seconds} s`);
    await sleep(seconds * 1000);
  }

  // One request and what came of it. undici sends nothing again by itself: a RetryAgent would, and a
  // POST whose answer was lost would register twice.
  async exchange(method, url, headers, body) {
    const interaction = randomUUID();
    const sent = { ...headers, 'x-fapi-interaction-id': interaction };
    const asked = { method, url, interaction };
    try {
      const signal = AbortSignal.timeout(TIMEOUT);
      const answer = await request(url, { dispatcher: this.agent, method, headers: sent, body, signal });
      const text = await answer.body.text();
      return new Answer(asked, text, answer.statusCode, answer.headers['retry-after']);
    } catch (error) {
      return new Answer(asked, error.message || error.code);
    }
  }

  close() {
    return this.agent.close();
  }
}

// What came of a request. Where there was no whole answer, `status` is 0 and `text` tells why.
class Answer {
  constructor(asked, text, status = 0, retryAfter = undefined) {
    Object.assign(this, { asked, text, status, retryAfter });
    this.json = status === 0 ? undefined : parsed(text);
    const throttled = status === 429 || (status === 503 && retryAfter !== undefined);
    this.wait = throttled ? secondsOf(String(retryAfter)) : undefined;
  }

  // A member of its JSON, without which one cannot go on.
  member(name, fits = isText) {
    if (!fits(this.json?.[name])) throw this.error(`without ${name} as it should be`);
    return this.json[name];
  }

  // Tells the interaction id, which the bank's support asks for, but nothing of a success: a token may
  // be in it.
  error(what = 'without what it should have') {
    const { method, url, interaction } = this.asked;
    const success = this.status >= 200 && this.status < 300;
    const told = success ? `an answer ${this.json === undefined ? 'that is no JSON' : what}` : this.text;
    const tooLong = this.wait > LONGEST_WAIT ? ` (Retry-After ${this.retryAfter}: more than ${LONGEST_WAIT} s)` : '';
    const line = `${method} ${url}: ${this.status || 'no answer:'} ${told}${tooLong}`.replace(/\s+/g, ' ').trim();
    return new Error(`${line} (x-fapi-interaction-id ${interaction})`);
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// Retry-After is a number of seconds or a date (RFC 9110, section 10.2.3); without one that can be read,
// a second is a polite guess.
function secondsOf(retryAfter) {
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter);
  const date = /^\w+, .* GMT$/.test(retryAfter) ? Date.parse(retryAfter) : NaN; // it reads much else as dates
  return Math.max(1, Math.ceil((date - Date.now()) / 1000) || 1);
}

const isText = (value) => typeof value === 'string' && value !== '';
const isUrl = (value) => isText(value) && /^https?:/.test(value) && URL.canParse(value);
const isListOfClients = (value) =>
  Array.isArray(value) && value.every((client) => isText(client?.client_id) && isText(client.software_id));

async function main() {
  const { ISSUER, KIT, CLIENTS, TOKEN } = process.env;
  const tpp = await Tpp.open({
    issuer: ISSUER ?? 'https://localhost:8444/uk-ob-3.3',
    kit: KIT ?? 'kit',
    clients: CLIENTS ?? 'http://localhost:8445/api/banks/uk-ob-3.3/clients',
    token: TOKEN,
  });
  const client = await tpp.register();
  console.log(`registered ${client}`);
  const token = await tpp.token(client);
  const { token_endpoint_auth_method } = await tpp.read(client, token);
  console.log(`read ${client}: ${token_endpoint_auth_method}`);
  await tpp.delete(client, token);
  console.log(`deleted ${client}`);
  await tpp.close();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main().catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
