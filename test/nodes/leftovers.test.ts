// Nothing of these tests stays behind, even if the test run is killed.
import { expect, test } from 'vitest';
import { Child } from '../support/child.ts';
import { isRunning } from '../support/child-processes.ts';
import { eventually } from '../support/inbox.ts';

test.each(['running', 'paused'])('a node that is %s ends when the test run is killed', async (state) => {
  const run = new Child(new URL('./starting-node.ts', import.meta.url), state);
  const id = Number(await run.stdout.first((line) => /^\d+$/.test(line)));
  expect(isRunning(id)).toBe(true);
  await run.kill();
  await eventually(() => !isRunning(id));
});
