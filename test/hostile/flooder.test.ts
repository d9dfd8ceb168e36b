import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { eventually } from '../support/inbox.ts';
import { RawClient } from '../support/raw-client.ts';
import { Victim } from './victim.ts';

const READERS = 10;
/** 8 Mbit/s. */
const READ_BYTES_PER_MS = 1_000;
/** Longest message of the chat. */
const TEXT = 'x'.repeat(2_000);
/** 100 KB, a hundred times a second. */
const BURST = 50;
const BURST_MS = 10;
const BURSTS = 300;
/** The other member sends a message after this number of bursts. */
const BURSTS_PER_HELLO = 10;

/** A member of the chat with a slow network connection. */
class SlowReader {
  readonly hellos: string[] = [];
  floods = 0;
  isGone = false;
  #isSlow = true;

  static async at(port: number): Promise<SlowReader> {
    const reader = new SlowReader();
    const client = await RawClient.open(port, { path: '/chat', onRecord: (record) => reader.#hear(record) });
    const { socket } = client;
    socket.on('data', async ({ length }) => {
      if (!reader.#isSlow) return;
      socket.pause();
      await setTimeout(length / READ_BYTES_PER_MS);
      socket.resume();
    });
    void client.ended.then(() => {
      reader.isGone = true;
    });
    return reader;
  }

  hurry(): void {
    this.#isSlow = false;
  }

  #hear(record: Buffer): void {
    if (record.length > TEXT.length) this.floods += 1;
    else if (record.includes('"ReceiveMessage"')) this.hellos.push(JSON.parse(record.toString()).arguments[1]);
  }
}

test('a member who floods the chat with 10 MB/s loses messages: who reads slowly stays, and reads what the others say', async () => {
  const { port } = await new Victim().ask('listen');
  const readers = await Promise.all(Array.from({ length: READERS }, () => SlowReader.at(port)));
  const ann = await RawClient.open(port, { path: '/chat' });
  const flooder = await RawClient.open(port, { path: '/chat', onRecord: () => {} });
  const flood = Array.from({ length: BURST }, () => ({ type: 1, target: 'SendMessage', arguments: [TEXT] }));
  const hellos: string[] = [];
  for (let burst = 1; burst <= BURSTS; burst++) {
    flooder.send(...flood);
    await setTimeout(BURST_MS);
    if (burst % BURSTS_PER_HELLO > 0) continue;
    hellos.push(`hello ${burst}`);
    await ann.invoke('SendMessage', hellos.at(-1));
  }
  for (const reader of readers) reader.hurry();
  await eventually(() => readers.every((reader) => reader.isGone || reader.hellos.length === hellos.length));
  for (const reader of readers) {
    expect(reader).toMatchObject({ isGone: false, hellos });
    expect(reader.floods).toBeLessThan(BURSTS * BURST);
  }
}, 60_000);
