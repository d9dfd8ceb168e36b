import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Client, RefusedError } from '../../src/page/client.ts';
import { Link, type LinkState } from '../../src/page/link.ts';

/** A client whose attempts succeed, fail or are refused as the test says. */
class ScriptedClient implements Client {
  readonly label = 'a script';
  readonly ended: (mayReturn: boolean) => void;
  outcome: 'open' | 'fails' | 'refused' = 'open';
  isOpen = false;
  attempts = 0;

  constructor(_place: unknown, ended: (mayReturn: boolean) => void) {
    this.ended = ended;
    client = this;
  }

  async start(): Promise<void> {
    this.attempts += 1;
    if (this.outcome === 'refused') throw new RefusedError();
    if (this.outcome === 'fails') throw new Error('It fails.');
    this.isOpen = true;
  }

  async stop(): Promise<void> {
    this.end(false);
  }

  /** Ends the connection from the other side. */
  end(mayReturn: boolean): void {
    this.isOpen = false;
    this.ended(mayReturn);
  }

  on(): void {}
  invoke(): never {
    throw new Error('Not in the script.');
  }
  send(): never {
    throw new Error('Not in the script.');
  }
}

let client: ScriptedClient;
let states: LinkState[];
/** Whether each opened connection was one after another. */
let opened: boolean[];
let enters: Promise<void>;

function link(): Link {
  return new Link(
    ScriptedClient,
    { url: 'http://127.0.0.1', key: undefined },
    {
      changed: (state) => states.push(state),
      opened: (again) => {
        opened.push(again);
        return enters;
      },
    },
  );
}

const kinds = () => states.splice(0).map(({ kind }) => kind);
const settled = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  states = [];
  opened = [];
  enters = Promise.resolve();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  // The longest waits.
  vi.spyOn(Math, 'random').mockReturnValue(1);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('the link of a pane', () => {
  async function connected(): Promise<Link> {
    const made = link();
    await made.start();
    await settled();
    expect(kinds()).toEqual(['connecting', 'connecting', 'connected']);
    return made;
  }

  test('is connected when the user has entered, and not if the connection is lost meanwhile', async () => {
    let enter = (): void => {};
    enters = new Promise((resolve) => {
      enter = resolve;
    });
    const made = link();
    await made.start();
    expect([made.isOpen, made.isConnected]).toEqual([true, false]);
    client.outcome = 'fails';
    client.end(true);
    enter();
    await settled();
    expect(made.isConnected).toBe(false);
    expect(kinds()).toEqual(['connecting', 'connecting', 'waiting']);
  });

  test('tries for ever, after waits that double to 20 s', async () => {
    const made = link();
    client.outcome = 'fails';
    await Promise.race([made.start(), settled()]);
    const waits = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000, 20_000];
    for (const [failures, wait] of waits.entries()) {
      expect(states.at(-1)).toEqual({ kind: 'waiting', until: performance.now() + wait });
      await vi.advanceTimersByTimeAsync(wait - 1);
      expect(client.attempts).toBe(failures + 1);
      await vi.advanceTimersByTimeAsync(1);
      expect(client.attempts).toBe(failures + 2);
    }
    expect(new Set(kinds()), 'nothing flickers').toEqual(new Set(['connecting', 'waiting']));
    client.outcome = 'open';
    await vi.advanceTimersByTimeAsync(20_000);
    expect([made.isConnected, opened]).toEqual([true, [false]]);
  });

  test('comes back after a loss, and begins with the shortest wait each time', async () => {
    const made = await connected();
    for (let loss = 0; loss < 2; loss++) {
      client.outcome = 'fails';
      client.end(true);
      expect(states).toEqual([{ kind: 'waiting', until: performance.now() + 500 }]);
      await vi.advanceTimersByTimeAsync(500);
      client.outcome = 'open';
      await vi.advanceTimersByTimeAsync(1_000);
      expect(kinds()).toEqual(['waiting', 'waiting', 'connecting', 'connected']);
    }
    expect([made.isConnected, opened]).toEqual([true, [false, true, true]]);
  });

  test.each(['retryNow', 'connect'] as const)('does not wait any longer after %s', async (request) => {
    const made = await connected();
    client.end(true);
    made[request]();
    await settled();
    expect(kinds()).toEqual(['waiting', 'connecting', 'connected']);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(client.attempts).toBe(2);
  });

  test('that the server has ended for good is for the user to begin anew', async () => {
    const made = await connected();
    client.end(false);
    made.retryNow();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([kinds(), client.attempts]).toEqual([['disconnected'], 1]);
    made.connect();
    await settled();
    expect(kinds()).toEqual(['connecting', 'connecting', 'connected']);
  });

  test.each(['at first', 'after a loss'])(
    'that is refused %s ends its attempts, until the user wants another',
    async (when) => {
      const made = when === 'at first' ? link() : await connected();
      client.outcome = 'refused';
      if (when === 'at first') await made.start();
      else client.end(true);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(kinds().at(-1)).toBe('refused');
      const { attempts } = client;
      made.retryNow();
      await settled();
      expect(client.attempts).toBe(attempts);
      client.outcome = 'open';
      made.connect();
      await settled();
      expect(made.isConnected).toBe(true);
    },
  );

  test.each(['connected', 'waiting'])('that is stopped while it is %s does nothing more', async (when) => {
    const made = await connected();
    if (when === 'waiting') client.end(true);
    states = [];
    await made.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([kinds(), client.attempts]).toEqual([[], 1]);
  });
});
