import { isPlain, milliseconds, objectOf, type Rule, type Rules, refuse, required, whole } from '../option-checks.ts';

/** Limits of what a group keeps of its messages. */
export interface HistoryOptions {
  /** Number of messages that are kept, the newest ones: from 1 to 100,000. */
  readonly size: number;
  /** Milliseconds for which a message is kept. Who comes back later than twice this time finds a new epoch. */
  readonly ttlMs: number;
}

/** Largest number of messages that one group keeps. */
const MOST_MESSAGES = 100_000;
/** Names of groups are short; a pattern that is longer can match none. */
const LONGEST_PATTERN = 1_000;
const RULE = objectOf({
  size: required(whole(1, MOST_MESSAGES)),
  ttlMs: required(milliseconds(1)),
} satisfies Rules<HistoryOptions>);
const EXPECTED = "limits by patterns of group names: { 'room:*': { size: 1_000, ttlMs: 86_400_000 } }";

/** A rule for the histories of a hub. */
export const HISTORIES: Rule = {
  read(value, at) {
    if (!isPlain(value)) return refuse(value, at, EXPECTED);
    const histories = Object.entries(value).map(([pattern, options]) => {
      const isPattern = pattern !== '' && pattern.length <= LONGEST_PATTERN;
      if (!isPattern) refuse(pattern, { ...at, name: `${at.name} (a pattern)` }, 'a text of 1 to 1000 characters');
      return [pattern, RULE.read(options, { ...at, name: `${at.name}[${JSON.stringify(pattern)}]` })] as const;
    });
    return Object.freeze(Object.fromEntries(histories));
  },
};

interface Pattern {
  readonly parts: readonly string[];
  readonly options: HistoryOptions;
}

/**
 * The groups of a hub that keep their messages. A pattern is the name of a group, in which each `*` stands for any
 * characters, or none. The first pattern that matches counts.
 */
export class HistoryPatterns {
  readonly #patterns: readonly Pattern[];

  constructor(histories: Readonly<Record<string, HistoryOptions>>) {
    this.#patterns = Object.entries(histories).map(([pattern, options]) => ({ parts: pattern.split('*'), options }));
  }

  /** undefined: the group keeps nothing. */
  of(group: string): HistoryOptions | undefined {
    for (const { parts, options } of this.#patterns) if (matches(group, parts)) return options;
    return undefined;
  }
}

/** Whether a name consists of these parts in their order, with anything between them. */
function matches(name: string, parts: readonly string[]): boolean {
  const [first = '', ...others] = parts;
  const last = others.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first)) return false;
  let from = first.length;
  for (const part of others) {
    const at = name.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return name.length - last.length >= from && name.endsWith(last);
}
