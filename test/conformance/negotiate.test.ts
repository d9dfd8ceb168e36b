import { afterAll, beforeAll, expect, test } from 'vitest';
import { httpDifferences } from './differences.ts';
import { playHttp } from './http-player.ts';
import { type HttpStep, isHttpLeftOut } from './http-vectors.ts';
import { type ConformanceServer, startServer } from './server.ts';
import { readVectors } from './vectors.ts';

/** How many vectors of each file are played, and how many wait for other transports, hubs or options. */
const FILES = {
  negotiate: { played: 20, leftOut: 11 },
  websocket: { played: 22, leftOut: 9 },
};

const recorded = Object.keys(FILES).map((file) => ({ file, vectors: readVectors<HttpStep>(`http/${file}`) }));

const played = recorded.flatMap(({ file, vectors }) =>
  vectors.filter((vector) => !isHttpLeftOut(vector)).map((vector) => ({ key: `${file}: ${vector.name}`, vector })),
);

let server: ConformanceServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

test('as many vectors as there are in the files, and no difference without its vector', () => {
  const counts = recorded.map(({ file, vectors }) => {
    const leftOut = vectors.filter(isHttpLeftOut).length;
    return [file, { played: vectors.length - leftOut, leftOut }];
  });
  expect(Object.fromEntries(counts)).toEqual(FILES);
  expect(Object.keys(httpDifferences).filter((key) => !played.some((one) => one.key === key))).toEqual([]);
});

for (const { key, vector } of played) {
  const steps = httpDifferences[key]?.steps ?? vector.steps;
  test(key, () => playHttp({ ...vector, steps }, server.port));
}
