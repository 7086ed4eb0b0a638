// node-oidc-provider on 127.0.0.1 with dynamic registration (RFC 7591) open to everybody:
//   node oidc-provider.mjs PORT
// Its own adapter keeps the last thousand clients in memory. It has keys of its own, so that it does not
// warn of the built-in ones; that warning and the one of the adapter are all that it would print.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { Provider } from 'oidc-provider';

const port = Number(process.argv[2]);
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clientAuthMethods: ['client_secret_basic', 'private_key_jwt', 'tls_client_auth'],
  cookies: { keys: [randomBytes(32).toString('hex')] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    mTLS: { enabled: true, tlsClientAuth: true },
    registration: { enabled: true },
  },
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] },
});
provider.listen(port, '127.0.0.1');
