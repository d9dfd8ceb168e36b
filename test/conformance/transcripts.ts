// The recorded transcripts as tests, with our own steps where we differ. Each group has a server of its own.
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Difference } from './differences.ts';
import { type ConformanceServer, SERVERS, startServer } from './server.ts';
import { realTime, type Time } from './time.ts';
import { readVectors, type Vector } from './vectors.ts';

export interface Transcript<S> {
  readonly file: string;
  /** `file: name`. */
  readonly key: string;
  readonly vector: Vector<S>;
}

/**
 * Factor of the time limits. Some windows of time are a quarter of a second wide, and a shared machine may pause for as
 * long.
 */
const PATIENCE = 2;

/** Every vector of every file in a folder. */
export function transcriptsIn<S>(
  folder: 'ws' | 'http',
  differences: Readonly<Record<string, Difference<S>>>,
): readonly Transcript<S>[] {
  const files = readdirSync(new URL(`../vectors/${folder}`, import.meta.url)).map((name) => name.replace('.json', ''));
  return files.flatMap((file) =>
    readVectors<S>(`${folder}/${file}`).map((vector) => {
      const key = `${file}: ${vector.name}`;
      return { file, key, vector: { ...vector, steps: differences[key]?.steps ?? vector.steps } };
    }),
  );
}

/**
 * Checks the number of transcripts in each file, so that a missing one is noticed, and that every name that is listed
 * elsewhere exists.
 */
export function testCounts<S>(
  transcripts: readonly Transcript<S>[],
  counts: Readonly<Record<string, number>>,
  said: readonly string[] = [],
): void {
  test('as many vectors as there are in the files, and no difference without its vector', () => {
    const found: Record<string, number> = {};
    for (const { file } of transcripts) found[file] = (found[file] ?? 0) + 1;
    expect(found).toEqual(counts);
    const keys = new Set(transcripts.map(({ key }) => key));
    expect(keys.size, 'names').toBe(transcripts.length);
    expect(said.filter((key) => !keys.has(key))).toEqual([]);
  });
}

/** Starts a server for the tests of a file, or of a `describe`. */
export function testServer(
  how?: Parameters<typeof startServer>[0],
  time: Time = realTime,
): Pick<ConformanceServer, 'port'> {
  let server: ConformanceServer | undefined;
  beforeAll(async () => {
    server = await startServer(how);
  });
  afterAll(() => time.during(server?.close() ?? Promise.resolve()));
  return {
    get port() {
      return server?.port ?? 0;
    },
  };
}

/** Servers of which each is used by one transcript at a time: "all" means all connections of a server. */
export interface TestServers {
  /** Waits for a server that is free. */
  use(play: (port: number) => Promise<void>): Promise<void>;
}

/** Starts servers for transcripts that reach all connections of theirs, so that some are played side by side. */
export function testServers(how?: Parameters<typeof startServer>[0]): TestServers {
  const servers = Array.from({ length: SERVERS }, () => testServer(how));
  const waiting: (() => void)[] = [];
  return {
    async use(play) {
      while (servers.length === 0) await new Promise<void>((free) => waiting.push(free));
      const server = servers.pop() as (typeof servers)[number];
      try {
        await play(server.port);
      } finally {
        servers.push(server);
        waiting.shift()?.();
      }
    },
  };
}

export function testEach<S extends object>(
  transcripts: readonly Transcript<S>[],
  play: (vector: Vector<S>) => Promise<void>,
  define: typeof test | typeof test.concurrent = test,
): void {
  for (const { key, vector } of transcripts) {
    define(key, vector.steps.some(hasWindow) ? { retry: PATIENCE } : {}, () => play(vector));
  }
}

/** Whether a step has to happen between two points in time. */
function hasWindow(step: object): boolean {
  return 'afterMs' in step || 'within' in step;
}

/** Whether a transcript takes longer than ten seconds. Such transcripts are played on a simulated clock. */
export function isSlow({ vector }: Transcript<unknown>): boolean {
  return vector.slow === true;
}

/** Whether a transcript is about one of these hubs. */
export function isOf(...hubs: readonly string[]): (one: Transcript<unknown>) => boolean {
  return ({ vector }) => hubs.includes(vector.hub);
}
