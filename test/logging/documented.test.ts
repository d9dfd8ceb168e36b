import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { REFUSAL_KINDS } from '../../src/refusal-kinds.ts';

const text = readFileSync(new URL('../../docs/logging.md', import.meta.url), 'utf8');

test('docs/logging.md has each kind of refusal once, with its option, and no other', () => {
  const rows = text.split('\n').filter((line) => /^\| `[a-z-]+`/.test(line));
  const named = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([a-z-]+)`/g)].map(([, kind]) => kind));
  const fields = ['hub', 'refusal', 'option', 'reason', 'method', 'host', 'origin', 'connected', 'disconnected'];
  const kinds = named.filter((name) => !fields.includes(name as string));
  expect(kinds.sort()).toEqual(Object.keys(REFUSAL_KINDS).sort());
  const silent = Object.entries<{ text: string; option?: string }>(REFUSAL_KINDS).filter(
    ([kind, { option }]) =>
      option !== undefined && !rows.some((row) => row.includes(`\`${kind}\``) && row.includes(`\`${option}\``)),
  );
  expect(silent).toEqual([]);
});
