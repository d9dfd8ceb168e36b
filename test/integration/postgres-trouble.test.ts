import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { createChatHub } from '../../src/hubs/chat.ts';
import { PostgresStorage } from '../../src/storage/postgres.ts';
import { connect } from '../support/clients.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { expectComplete } from '../support/complete-records.ts';
import { eventually } from '../support/inbox.ts';
import { CANARY_PASSWORD, hasPostgres, type PostgresServer, startPostgres } from '../support/postgres.ts';
import { ask, requestText } from '../support/raw-http.ts';
import { SHORT_LIMITS } from '../support/short-limits.ts';
import { startServer } from '../support/test-server.ts';

const VISITS = 30;
const UNREACHABLE = 'It cannot be reached.';

let database: PostgresServer;

beforeAll(async () => {
  if (hasPostgres) database = await startPostgres();
});
afterAll(() => database?.stop());

/** The exact body of /readyz. */
const bodyWith = (text: string) =>
  `${JSON.stringify({ ready: false, problems: [{ part: 'storage', text, severity: 'unready' }] })}\n`;

describe.runIf(hasPostgres)('a server whose PostgreSQL', () => {
  test('is killed goes on, says so, and has every record when it is back', async () => {
    const { url } = await database.database();
    const storage = new PostgresStorage(url, systemClock, SHORT_LIMITS);
    const logger = new CollectedLog();
    const { server, port, url: urlOf } = await startServer({ '/chat': createChatHub() }, { storage, logger });
    const talker = await connect(urlOf('/chat'));
    const readiness = () => ask(port, requestText('GET', '/readyz'));
    expect(await readiness()).toMatchObject({ status: 200 });

    await database.kill();
    for (let visit = 0; visit < VISITS; visit++) await (await connect(urlOf('/chat'))).stop();
    await eventually(() => server.problems().some(({ text }) => text === UNREACHABLE));
    expect(await readiness()).toMatchObject({ status: 503, body: bodyWith(UNREACHABLE) });
    const answers: number[] = [];
    for (let call = 0; call < 200; call++) void talker.invoke('SendMessage', `${call}`).then(() => answers.push(call));
    await talker.invoke('GetStats');
    expect(answers).toEqual(Array.from({ length: 200 }, (_, at) => at));
    const said = JSON.stringify([server.problems(), logger.lines]);
    expect(said).toContain(`PostgreSQL at 127.0.0.1:${database.port}/`);
    for (const secret of [CANARY_PASSWORD, encodeURIComponent(CANARY_PASSWORD)]) expect(said).not.toContain(secret);

    await database.start();
    await eventually(() => server.problems().length === 0);
    expect(await readiness()).toMatchObject({ status: 200 });
    await talker.stop();
    await eventually(() => server.supervisor.size === 0);
    await server.close();
    await expectComplete(storage, VISITS + 1);
  });

  test('is away at its start listens, and is ready when it is there', async () => {
    const { name, url } = await database.database();
    await database.kill();
    const { server, port, url: urlOf } = await startServer({ '/chat': createChatHub() }, { storage: url });
    expect(await ask(port, requestText('GET', '/readyz'))).toMatchObject({ status: 503, body: bodyWith(UNREACHABLE) });
    const client = await connect(urlOf('/chat'));
    await client.invoke('GetStats');
    await database.start();
    await eventually(() => server.problems().length === 0);
    while ((await database.query('SELECT FROM signalbox.sessions', name)).length === 0);
  });
});
