import { expect, test } from 'vitest';
import { retentionOf } from '../../src/cli/retention-settings.ts';
import { Settings } from '../../src/cli/settings.ts';
import { resolveRetention } from '../../src/storage/retention/retention-option.ts';

test('the defaults of the settings are those of the option', () => {
  expect(retentionOf(Settings.parse({}))).toEqual(resolveRetention(undefined, true));
});

test('days and numbers become limits; 0 days are any age, and without a number any number stays', () => {
  const settings = {
    'retention.sessions.days': 0.5,
    'retention.messages.days': 0,
    'retention.messages.count': 1_000,
    'retention.audit.count': 1,
    'retention.tasks.days': 0,
  };
  expect(retentionOf(Settings.parse(settings))).toEqual({
    sessions: { days: 0.5 },
    messages: { count: 1_000 },
    audit: { days: 90, count: 1 },
    tasks: {},
  });
});

test.each([
  ['retention.sessions.days', -1],
  ['retention.tasks.count', 0],
  ['retention.tasks.count', 1.5],
])('%s cannot be %d', (name, value) => {
  expect(Settings.safeParse({ [name]: value }).success).toBe(false);
});
