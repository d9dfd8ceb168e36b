// The browser's own WebSocket at the chat, beside official clients in the same page.
import type * as SignalR from '@microsoft/signalr';
import type * as MessagePack from '@microsoft/signalr-protocol-msgpack';
import { describe, expect, test } from 'vitest';
import { createChatHub } from '../../src/hubs/chat.ts';
import { startServer } from '../support/test-server.ts';
import { TRANSPORT_PROTOCOLS, type TransportProtocol } from '../support/transport-protocols.ts';
import { hasChromium } from './chromium.ts';
import { clientPages } from './client-page.ts';

/** Messages of each client. */
const ROUNDS = 20;
/** Subprotocols that the plain clients offer. */
const OFFERS = [['signalbox.envelope.v1'], []];

// A global of the page.
declare const signalR: typeof SignalR & { readonly protocols: { readonly msgpack: typeof MessagePack } };

describe.runIf(hasChromium)('plain clients in a browser', () => {
  const pages = clientPages();

  test('and official ones over every transport get every message once, in the same order', async () => {
    const { url } = await startServer({ '/chat': createChatHub() }, { origins: [pages.origin] });
    const script = { url: url('/chat'), ways: TRANSPORT_PROTOCOLS, offers: OFFERS, rounds: ROUNDS };
    const heard = await (await pages.open()).evaluate(converse, script);
    const everybody = [...TRANSPORT_PROTOCOLS, ...OFFERS];
    const said = everybody.flatMap((_, at) => Array.from({ length: ROUNDS }, (_, round) => `${at}.${round}`));
    expect([...(heard[0] ?? [])].sort()).toEqual(said.sort());
    expect(heard).toEqual(everybody.map(() => heard[0]));
  });
});

// --- The function that runs in the page

interface Script {
  readonly url: string;
  readonly ways: readonly TransportProtocol[];
  readonly offers: readonly string[][];
  readonly rounds: number;
}

interface Talker {
  /** Resolves when the hub has answered. */
  say(text: string): Promise<unknown>;
  stop(): unknown;
  /** The texts of all messages before the last one. */
  readonly heard: Promise<string[]>;
}

/** Lets all clients talk at the same time. @returns what each of them has heard. */
async function converse({ url, ways, offers, rounds }: Script): Promise<string[][]> {
  const listen = () => {
    const texts: string[] = [];
    let hear = (_text: string): void => {};
    const heard = new Promise<string[]>((resolve) => {
      hear = (text) => (text === 'the end' ? resolve(texts) : void texts.push(text));
    });
    return { heard, hear };
  };

  const official = async ([transport, protocol]: TransportProtocol): Promise<Talker> => {
    const { HubConnectionBuilder, HttpTransportType, LogLevel, protocols } = signalR;
    const builder = new HubConnectionBuilder()
      .configureLogging(LogLevel.None)
      .withUrl(url, { transport: HttpTransportType[transport] });
    if (protocol === 'messagepack') builder.withHubProtocol(new protocols.msgpack.MessagePackHubProtocol());
    const hub = builder.build();
    const { heard, hear } = listen();
    hub.on('ReceiveMessage', (_user: string, text: string) => hear(text));
    await hub.start();
    return { heard, say: (text) => hub.invoke('SendMessage', text), stop: () => hub.stop() };
  };

  const plain = (offered: string[]): Promise<Talker> => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, offered);
    const answers = new Map<string, () => void>();
    const { heard, hear } = listen();
    socket.onmessage = ({ data }) => {
      const { type, id, payload } = JSON.parse(data);
      if (type === 'ReceiveMessage') hear(payload[1]);
      if (type === 'result') answers.get(id)?.();
    };
    const say = (text: string) =>
      new Promise<void>((resolve) => {
        answers.set(text, resolve);
        socket.send(JSON.stringify({ type: 'SendMessage', payload: text, id: text }));
      });
    return new Promise((resolve) => {
      socket.onopen = () => resolve({ heard, say, stop: () => socket.close() });
    });
  };

  const talkers = await Promise.all([...ways.map(official), ...offers.map(plain)]);
  const numbers = Array.from({ length: rounds }, (_, round) => round);
  await Promise.all(talkers.flatMap(({ say }, at) => numbers.map((round) => say(`${at}.${round}`))));
  await talkers[0]?.say('the end');
  const heard = await Promise.all(talkers.map((talker) => talker.heard));
  // A server that closes waits for clients over Long Polling.
  await Promise.all(talkers.map((talker) => talker.stop()));
  return heard;
}
