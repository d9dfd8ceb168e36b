// An identity provider: a real server with a JSON Web Key Set, which may change and fail.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { Inbox } from '../support/inbox.ts';
import { tokenOf } from './signed-tokens.ts';

export interface ProviderKey {
  readonly jwk: object;
  /** A token that is signed with it. */
  sign(claims?: Readonly<Record<string, unknown>>): Promise<string>;
}

export function providerKey(kid: string, header: object = {}): ProviderKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' },
    sign: (claims) => signed(privateKey, { kid, ...header }, claims),
  };
}

function signed(key: KeyObject, header: object, claims?: Readonly<Record<string, unknown>>): Promise<string> {
  return tokenOf(claims, { key, header: { alg: 'ES256', ...header } });
}

export function keySet(...keys: readonly ProviderKey[]): string {
  return JSON.stringify({ keys: keys.map(({ jwk }) => jwk) });
}

export type Answer = (response: ServerResponse) => void;

export const says =
  (text: string, status = 200): Answer =>
  (response) =>
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(text);

/** Answers nothing. */
export const hangs: Answer = () => {};

export class KeyServer {
  /** One for each request. */
  readonly requests = new Inbox<string>();
  answer: Answer;
  #server = createServer();
  #port = 0;

  private constructor(answer: Answer) {
    this.answer = answer;
  }

  static async start(answer: Answer): Promise<KeyServer> {
    const keys = new KeyServer(answer);
    await keys.listen();
    onTestFinished(() => keys.die());
    return keys;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/keys?token=canary`;
  }

  /** Listens, on the same port as before. */
  async listen(): Promise<void> {
    this.#server = createServer((request, response) => {
      this.requests.put(request.url ?? '');
      this.answer(response);
    });
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Closes everything. */
  async die(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
