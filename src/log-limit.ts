import type { Clock } from './clock.ts';
import { isLevelEnabled, type LineLevel, type Log } from './log.ts';
import { REFUSAL_KINDS, type RefusalKind } from './refusal-kinds.ts';

/** How many lines of one kind are written as they are before they are counted. */
export const UNCOUNTED_LINES = 5;
/** How long lines are counted before the count is written, and how long a kind has to be quiet to begin anew. */
export const COUNTING_MS = 1_000;

/** Behind the text of the first refusal of its kind. */
const FIRST = '(the first of its kind; further ones are lines at debug)';

/** Writes a line, or counts it. */
export type Line = (data: object) => void;

/** A log within the limit. */
export interface LimitedLog extends Log {
  isLevelEnabled(level: LineLevel): boolean;
  /**
   * Something of a client is refused: the first of its kind is a line at info, further ones are lines at debug. undefined:
   * nobody would see it. So nothing is made for a line that is not written: `log.refused('foreign-origin')?.({ origin })`.
   */
  refused(kind: RefusalKind): Line | undefined;
}

/** The lines of one level and text. */
interface Kind {
  readonly log: Log;
  readonly level: LineLevel;
  readonly text: string;
  written: number;
  latestAt: number;
  /** The count that has not been written yet, and the data of the latest line. */
  more: number;
  latest: object;
}

/**
 * Bounds the lines that clients can cause, at every level: of one kind the first few are written as they are, then at most one
 * each second, which says how many there were (`more`) and has the data of the latest. A kind is a level and a text, so the text
 * has to be a constant of ours: what differs from line to line belongs into `data`. Kinds that have been quiet for a second
 * begin anew, and nothing ticks then.
 */
export class LogLimit {
  readonly #clock: Clock;
  readonly #kinds: Kind[] = [];
  #timer: unknown;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The same log within the limit. Each has kinds of its own, so that the lines of one hub hide none of another's. */
  over(log: Log): LimitedLog {
    const kinds = new Map<string, Kind>();
    const refusals = new Map<RefusalKind, () => Line | undefined>();
    const line = (level: LineLevel, data: object, text = '') => {
      const key = `${level} ${text}`;
      let kind = kinds.get(key);
      if (kind === undefined) {
        kind = { log, level, text, written: 0, latestAt: 0, more: 0, latest: {} };
        kinds.set(key, kind);
        this.#kinds.push(kind);
      }
      this.#take(kind, data);
    };
    const limited: LimitedLog = {
      debug: (data, text) => {
        if (isLevelEnabled(log, 'debug')) line('debug', data, text);
      },
      info: (data, text) => line('info', data, text),
      warn: (data, text) => line('warn', data, text),
      error: (data, text) => line('error', data, text),
      isLevelEnabled: (level) => isLevelEnabled(log, level),
      refused: (kind) => {
        let next = refusals.get(kind);
        if (next === undefined) {
          next = refusalLines(kind, limited);
          refusals.set(kind, next);
        }
        return next();
      },
    };
    return limited;
  }

  /** Writes what has been counted: now, and not when its second is over. */
  flush(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const kind of this.#kinds) if (kind.more > 0) tell(kind);
  }

  #take(kind: Kind, data: object): void {
    const now = this.#clock.now();
    if (kind.more === 0 && now - kind.latestAt >= COUNTING_MS) kind.written = 0;
    kind.latestAt = now;
    if (kind.written < UNCOUNTED_LINES) {
      kind.written += 1;
      kind.log[kind.level](data, kind.text);
      return;
    }
    kind.more += 1;
    kind.latest = data;
    this.#timer ??= this.#clock.setTimeout(() => this.flush(), COUNTING_MS);
  }
}

/** What writes the next line of one kind of refusal. Made once, since a client may be refused as often as it likes. */
function refusalLines(kind: RefusalKind, log: LimitedLog): () => Line | undefined {
  const { text, ...option } = REFUSAL_KINDS[kind] as { readonly text: string; readonly option?: string };
  const about = { refusal: kind, ...option };
  let isTold = false;
  const first: Line = (data) => {
    isTold = true;
    log.info({ ...about, ...data }, `${text} ${FIRST}`);
  };
  const further: Line = (data) => log.debug({ ...about, ...data }, text);
  return () => {
    if (isTold) return log.isLevelEnabled('debug') ? further : undefined;
    return log.isLevelEnabled('info') ? first : undefined;
  };
}

function tell(kind: Kind): void {
  const { log, level, text, more, latest } = kind;
  kind.more = 0;
  kind.latest = {};
  if (more === 1) log[level](latest, text);
  else {
    const count = more.toLocaleString('en');
    log[level]({ ...latest, more }, `${text} (${count} more in the last second, this is the latest)`);
  }
}
