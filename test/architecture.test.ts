import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { RULES, type Rule, withoutTwin } from './architecture/rules.ts';
import { readSources, sourceFile } from './architecture/source-file.ts';

/** The layers and rules of docs/architecture.md, checked against the imports of the files. */
const sources = readSources(['src', 'machines']);
const rules = Object.entries<Rule>(RULES);

describe('the code', () => {
  test('is what the rules get to see', () => {
    expect(sources.map(({ path }) => path)).toEqual(expect.arrayContaining(['src/index.ts', 'machines/hub.ts']));
  });

  test.each(rules)('%s', (rule, check) => {
    expect(check(sources), rule).toEqual([]);
  });

  test('machine, actor and test of a machine bear the same name', () => {
    const folder = new URL('machines/', import.meta.url);
    const tests = existsSync(folder) ? readdirSync(folder) : [];
    expect(
      withoutTwin(
        sources.map(({ path }) => path),
        tests,
      ),
    ).toEqual([]);
  });
});

/** A file that breaks each rule, and the report about it. A rule that never finds anything could itself be broken. */
const PLANTED: Record<
  keyof typeof RULES,
  { readonly files: Record<string, string>; readonly finds: readonly string[] }
> = {
  'every file has its place in the layer table': {
    files: { 'src/cellar/wine.ts': 'export const wine = 1;' },
    finds: ['src/cellar/wine.ts has none: see layers.ts'],
  },
  'imports point down, or stay in their folder': {
    files: {
      'src/hub/hub.ts': "export type { Router } from '../routing/router.ts';",
      'src/protocol/json.ts': "const late = await import('../server.ts');",
      'src/hub/clients.ts': "import type { OwnedConnection } from '../../machines/hub.ts';",
    },
    finds: [
      'src/hub/hub.ts imports src/routing/router.ts: layer 2a on layer 3',
      'src/protocol/json.ts imports src/server.ts: layer 1 on layer 4e',
      'src/hub/clients.ts imports machines/hub.ts: layer 2a on layer 2a',
    ],
  },
  'adapters never import each other': {
    files: {
      'src/routing/lane.ts': "import '../transports/transport.ts'; import '../transports/websocket.ts';",
      'src/transports/websocket.ts': "type L = import('../routing/lane.ts').Lane;",
      'src/backplane/memory.ts': "import { sqlite } from '../storage/sqlite.ts';",
    },
    finds: [
      'src/routing/lane.ts imports src/transports/websocket.ts: adapters know ports only',
      'src/transports/websocket.ts imports src/routing/lane.ts: adapters know ports only',
      'src/backplane/memory.ts imports src/storage/sqlite.ts: adapters know ports only',
    ],
  },
  'only src/actors imports machines': {
    files: { 'src/server.ts': "import { nodeMachine } from '../machines/node.ts';" },
    finds: ['src/server.ts imports machines/node.ts: actors make machines real'],
  },
  'machines are pure: XState, and types of the layers 0 and 1': {
    files: {
      'machines/hub.ts': `
        import { setup } from 'xstate';
        import type { CloseReason } from '../src/protocol/close.ts';
        import { closeReason } from '../src/protocol/close.ts';
        import type { Hub } from '../src/hub/hub.ts';
        import { setTimeout } from 'node:timers';`,
    },
    finds: [
      'machines/hub.ts imports src/protocol/close.ts: a type only: `import type`',
      'machines/hub.ts imports src/hub/hub.ts: layer 2a',
      'machines/hub.ts imports node:timers: no other package',
    ],
  },
  'src/hubs uses the public API only': {
    files: {
      'src/hubs/chat.ts':
        "import '../index.ts'; import '../moderation/index.ts'; import '../errors.ts'; import 'nanoid';",
    },
    finds: ['src/hubs/chat.ts imports src/errors.ts: entry points have what it may use'],
  },
  'only tests import src/testing': {
    files: {
      'src/cli/main.ts': "import { SimulatedClock } from '../testing/simulated-clock.ts';",
      'src/testing/index.ts': "export * from './simulated-clock.ts';",
    },
    finds: ['src/cli/main.ts imports src/testing/simulated-clock.ts: it is not in the package'],
  },
  'src and machines import nothing of the tests': {
    files: {
      'src/testing/memory-client.ts': "import { packed } from '../../test/support/messagepack-records.ts';",
      'machines/hub.ts': "import type { Hub } from '../src/hub/hub.ts';",
    },
    finds: ['src/testing/memory-client.ts imports test/support/messagepack-records.ts: it is outside of the sources'],
  },
  'ws stays in src/transports': {
    files: {
      'src/routing/lane.ts': "import type { WebSocket } from 'ws';",
      'src/transports/websocket.ts': "import 'ws';",
    },
    finds: ['src/routing/lane.ts imports ws: only in src/transports/'],
  },
  'xstate stays in machines and src/actors': {
    files: { 'src/server.ts': "import { createActor } from 'xstate';", 'src/actors/node.ts': "import 'xstate';" },
    finds: ['src/server.ts imports xstate: only in machines/, src/actors/'],
  },
  'every file of src/actors needs XState: it imports that, or a machine': {
    files: {
      'src/actors/hub.ts': "import { hubMachine } from '../../machines/hub.ts';",
      'src/actors/outbox.ts': "import type { ActorLogic } from 'xstate';",
      'src/actors/mailbox.ts': "import './outbox.ts';",
    },
    finds: ['src/actors/mailbox.ts does not'],
  },
  'better-sqlite3 stays in the thread, and where it is looked for': {
    files: {
      'src/storage/sqlite.ts': "import type { Database } from 'better-sqlite3';",
      'src/storage/sqlite-thread/database.ts': "import 'better-sqlite3';",
    },
    finds: [
      'src/storage/sqlite.ts imports better-sqlite3: only in src/storage/sqlite-thread/, src/storage/sqlite/sqlite-package.ts',
    ],
  },
  'pg stays in src/storage/postgres': {
    files: {
      'src/storage/postgres.ts': "import type { Pool } from 'pg';",
      'src/storage/postgres/postgres-pool.ts': "import 'pg';",
    },
    finds: ['src/storage/postgres.ts imports pg: only in src/storage/postgres/'],
  },
  'ioredis stays in src/backplane/redis': {
    files: {
      'src/backplane/redis.ts': "import type { Redis } from 'ioredis';",
      'src/backplane/redis/redis-client.ts': "import 'ioredis';",
    },
    finds: ['src/backplane/redis.ts imports ioredis: only in src/backplane/redis/'],
  },
  '@msgpack/msgpack stays in src/protocol, and where nodes write to each other': {
    files: {
      'src/routing/lane.ts': "import { encode } from '@msgpack/msgpack';",
      'src/protocol/messagepack.ts': "import '@msgpack/msgpack';",
    },
    finds: ['src/routing/lane.ts imports @msgpack/msgpack: only in src/protocol/, src/backplane/wire/'],
  },
  'zod stays in src/hubs and src/cli': {
    files: { 'src/options.ts': "import { z } from 'zod/mini';", 'src/hubs/chat.ts': "import 'zod';" },
    finds: ['src/options.ts imports zod/mini: only in src/hubs/, src/cli/'],
  },
  'jose stays in src/auth': {
    files: {
      'src/endpoint/admission.ts': "import { jwtVerify } from 'jose/jwt/verify';",
      'src/auth/jwt-issuer.ts': "import 'jose';",
    },
    finds: ['src/endpoint/admission.ts imports jose/jwt/verify: only in src/auth/'],
  },
  'obscenity stays in src/moderation': {
    files: {
      'src/hubs/chat.ts': "import { RegExpMatcher } from 'obscenity';",
      'src/moderation/english-profanity.ts': "import type { RegExpMatcher } from 'obscenity';",
    },
    finds: ['src/hubs/chat.ts imports obscenity: only in src/moderation/'],
  },
  'node:http stays in the folders of HTTP and in the files that connect them': {
    files: { 'src/hub/hub.ts': "import { request } from 'node:http';", 'src/server.ts': "import 'node:http';" },
    finds: [
      'src/hub/hub.ts imports node:http: only in src/http/, src/transports/, src/endpoint/, src/web/, src/testing/, src/server.ts, src/server-listeners.ts, src/signalbox-server.ts, src/listen-options.ts, src/auth/authenticator.ts',
    ],
  },
  'every imported package is in dependencies, even if only its types are used': {
    files: {
      'src/hub/method.ts':
        "import type { A } from 'arktype/x'; import '@some/thing'; import 'zod/v4'; import 'node:fs';",
    },
    finds: ['arktype/x', '@some/thing'].map(
      (name) => `src/hub/method.ts imports ${name}: not in dependencies of package.json`,
    ),
  },
  'process.env is read in src/cli only': {
    files: {
      'src/log.ts': "const level = globalThis.process['env'].LEVEL;",
      'src/ids.ts': 'const { env } = process;',
      'src/clock.ts': "import { env } from 'node:process';",
      'src/cli/main.ts': 'const port = process.env.PORT;',
      'src/errors.ts': '/* process.env */ const memory = process.memoryUsage();',
    },
    finds: ['src/log.ts', 'src/ids.ts', 'src/clock.ts'].map(
      (path) => `${path} reads it, or takes process apart or imports it, which hides whether it does`,
    ),
  },
  'clocks are read in src/clock.ts only': {
    files: {
      'src/clock.ts': 'const clock = { now: () => performance.now(), wallNow: () => Date.now() };',
      'src/page/link.ts': 'const now = performance.now();',
      'src/ids.ts': "const times = [Date.now(), new Date(), Date(), globalThis.Date['now']()];",
      'src/log.ts': 'const { now } = performance;',
      'src/errors.ts':
        'const day = [new Date(0), Date.UTC(2030, 1), Date.parse(text), clock.now(), 0 instanceof Date];',
      'src/storage/sqlite.ts': 'const read = (timeOfDay = Date.now) => timeOfDay();',
    },
    finds: [
      'src/ids.ts: Date.now',
      'src/ids.ts: new Date()',
      'src/ids.ts: Date()',
      "src/ids.ts: globalThis.Date['now']",
      'src/log.ts: { now } = performance',
      'src/storage/sqlite.ts: Date.now',
    ],
  },
  'lines of the log have constant texts': {
    files: {
      'src/connection/calls/replies.ts':
        "hub.log.warn({ error }, 'failed: ' + what); hub.log.debug({}, 'refused: ' + what);",
      'src/web/routes.ts': "this.#log.error({ error }, error.message); log.info({}, isNew ? 'come' : 'gone');",
      'src/log.ts': 'export const log = { warn: (data, text) => log.warn(data, text) };',
    },
    finds: [
      "src/connection/calls/replies.ts: hub.log.warn({ error }, 'failed: ' + what)",
      "src/connection/calls/replies.ts: hub.log.debug({}, 'refused: ' + what)",
      'src/web/routes.ts: this.#log.error({ error }, error.message)',
    ],
  },
  'only entry points are barrels': {
    files: {
      'src/index.ts': "export * from './server.ts';",
      'src/testing/index.ts': "export * from './simulated-clock.ts';",
      'src/hub/index.ts':
        "import { method } from './method.ts'; export type { Hub } from './hub.ts'; export { method };",
      'src/hub/hub.ts': "export { method } from './method.ts'; export const more = 1;",
    },
    finds: ['src/hub/index.ts only re-exports'],
  },
  'no folder or file has a name that says nothing': {
    files: { 'src/hub/types.ts': '', 'src/utils/text.ts': '', 'src/protocol/messages.ts': '' },
    finds: ['src/hub/types.ts', 'src/utils/text.ts'],
  },
  'folders do not import each other in a circle': {
    files: {
      'src/hub/hub.ts': "import type { Lane } from '../routing/lane.ts';",
      'src/routing/lane.ts': "import '../protocol/json.ts'; import '../errors.ts';",
      'src/protocol/json.ts': "import '../hub/groups.ts'; import './codec.ts';",
    },
    finds: [
      'src/hub/hub.ts imports src/routing/lane.ts, and src/routing leads back to src/hub',
      'src/routing/lane.ts imports src/protocol/json.ts, and src/protocol leads back to src/routing',
      'src/protocol/json.ts imports src/hub/groups.ts, and src/hub leads back to src/protocol',
    ],
  },
  'files do not import each other in a circle, type imports included': {
    files: {
      'src/hub/a.ts': "import type { B } from './b.ts'; import './d.ts';",
      'src/hub/b.ts': "export type { C } from './c.ts';",
      'src/hub/c.ts': "type A = import('./a.ts').A;",
      'src/hub/d.ts': "import './c.ts';",
      'src/ids.ts': "import './ids.ts'; import './log.ts';",
      'src/log.ts': 'export const log = 1;',
    },
    finds: ['src/hub/a.ts -> src/hub/b.ts -> src/hub/c.ts -> src/hub/a.ts', 'src/ids.ts -> src/ids.ts'],
  },
  'no file is longer than 250 lines': {
    files: { 'src/ids.ts': '\n'.repeat(251), 'src/log.ts': '\n'.repeat(250) },
    finds: ['src/ids.ts has 251'],
  },
};

describe('a planted violation is found', () => {
  test.each(rules)('%s', (rule, check) => {
    const { files, finds } = PLANTED[rule as keyof typeof RULES];
    expect(check(Object.entries(files).map(([path, text]) => sourceFile(path, text)))).toEqual(finds);
  });

  test('machine, actor and test of a machine bear the same name', () => {
    expect(
      withoutTwin(['machines/hub.ts', 'machines/node.ts', 'src/actors/hub.ts'], ['hub.test.ts', 'poll.test.ts']),
    ).toEqual([
      'src/actors/node.ts is missing',
      'test/machines/node.test.ts is missing',
      'machines/poll.ts is missing: its test is there',
    ]);
  });
});
