// A TPP that registers its software at a bank, reads its client and deletes it.
//
//   npm install && ISSUER=https://localhost:8444/uk-ob-3.3 KIT=../../kit node tpp.mjs
//
// What a bank may do to it: throttle (429, or 503 with Retry-After), and lose the answer to a
// registration. It waits as it is told, and never registers twice.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { SignJWT, importPKCS8 } from 'jose';
import { Agent, request } from 'undici';

const TRIES = 5;
const TIMEOUT = 10_000;

// Only after these is it sure that the bank has done nothing. undici sends nothing again by itself: a
// RetryAgent would, and a POST whose answer was lost would register twice.
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

export class Tpp {
  // `issuer` is the bank's, `kit` the folder with keys, certificates and software statement, and
  // `clients` where the bank tells who is registered: its developer portal, or its support desk.
  static async open({ issuer, kit, clients, log = console.log }) {
    const file = (name) => readFile(join(kit, name), 'utf8');
    const tpp = new Tpp();
    tpp.agent = new Agent({
      connect: { ca: await file('ca.pem'), cert: await file('transport.pem'), key: await file('transport.key') },
      headersTimeout: TIMEOUT,
      bodyTimeout: TIMEOUT,
    });
    tpp.log = log;
    tpp.clients = clients;
    tpp.software = JSON.parse(await file('tpp.json'));
    tpp.statement = (await file('ssa.jwt')).trim();
    tpp.signingKey = await importPKCS8(await file('signing.key'), 'PS256');
    const discovery = await tpp.send('GET', `${issuer}/.well-known/openid-configuration`);
    // Banks may have other addresses for callers with a certificate (RFC 8705, section 5).
    tpp.bank = { ...discovery, ...discovery.mtls_endpoint_aliases };
    return tpp;
  }

  async register() {
    const before = await this.registered();
    let lost;
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      try {
        const signed = () => this.registrationRequest();
        const headers = { 'content-type': 'application/jose' };
        return (await this.send('POST', this.bank.registration_endpoint, headers, signed)).client_id;
      } catch (error) {
        if (!error.cause || NOT_SENT.has(error.cause.code)) throw error;
        // The outcome is unknown, and a second POST could register a second client.
        lost = error;
        this.log('answer lost: asking who is registered');
        const client = (await this.registered()).find((id) => !before.includes(id));
        if (client) return client;
        await sleep(1000);
      }
    }
    throw lost;
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
    const { items } = await this.send('GET', this.clients);
    return items.filter((client) => client.software_id === this.software.software_id).map((client) => client.client_id);
  }

  // The transport certificate is the client's proof (`tls_client_auth`).
  async token(client_id) {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id });
    return (await this.send('POST', this.bank.token_endpoint, headers, () => form.toString())).access_token;
  }

  read(client_id, token) {
    return this.send('GET', `${this.bank.registration_endpoint}/${client_id}`, { authorization: `Bearer ${token}` });
  }

  delete(client_id, token) {
    return this.send('DELETE', `${this.bank.registration_endpoint}/${client_id}`, { authorization: `Bearer ${token}` });
  }

  // Sends until it is not throttled, and gives the answer's JSON.
  async send(method, url, headers = {}, body = () => undefined) {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.exchange(method, url, headers, await body());
      const seconds = retryAfter(answer);
      if (seconds === null || attempt === TRIES) return answer.read();
      this.log(`throttled: waiting ${seconds} s`);
      await sleep(seconds * 1000);
    }
  }

  // One request and its answer. The interaction id is what the bank's support asks for: every error
  // tells it.
  async exchange(method, url, headers, body) {
    const interaction = randomUUID();
    const failed = (what, cause) =>
      new Error(`${method} ${url}: ${what} (x-fapi-interaction-id ${interaction})`, { cause });
    try {
      const sent = { ...headers, 'x-fapi-interaction-id': interaction };
      const answer = await request(url, { dispatcher: this.agent, method, headers: sent, body });
      const text = await answer.body.text();
      const read = () => {
        if (answer.statusCode >= 300) throw failed(`${answer.statusCode} ${text}`);
        try {
          return text === '' ? null : JSON.parse(text);
        } catch (cause) {
          throw failed(`${answer.statusCode} ${text}`, cause); // nobody can read it: as good as lost
        }
      };
      return { status: answer.statusCode, retryAfter: answer.headers['retry-after'], read };
    } catch (cause) {
      throw failed(cause.message, cause);
    }
  }

  close() {
    return this.agent.close();
  }
}

// How many seconds to wait, or null where the answer is no throttling. Retry-After is a number of
// seconds or a date (RFC 9110, section 10.2.3); without one, a second is a polite guess.
function retryAfter({ status, retryAfter: value }) {
  if (status !== 429 && !(status === 503 && value)) return null;
  if (/^\d+$/.test(value)) return Number(value);
  const seconds = Math.ceil((Date.parse(value) - Date.now()) / 1000);
  return seconds > 0 ? seconds : 1;
}

async function main() {
  const { ISSUER, KIT, CLIENTS } = process.env;
  const tpp = await Tpp.open({
    issuer: ISSUER ?? 'https://localhost:8444/uk-ob-3.3',
    kit: KIT ?? 'kit',
    clients: CLIENTS ?? 'http://localhost:8445/api/banks/uk-ob-3.3/clients',
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
