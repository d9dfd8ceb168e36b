import type { Clock } from './clock.ts';
import { isLevelEnabled, type LineLevel, type Log } from './log.ts';
import { REFUSAL_KINDS, type RefusalKind } from './refusal-kinds.ts';

/** Number of lines of one kind that are written before further ones are counted. */
export const UNCOUNTED_LINES = 5;
/**
 * Milliseconds for which lines are counted before the count is written; a kind without lines for as long begins anew.
 */
export const COUNTING_MS = 1_000;

/** Ends the text of the first refusal of its kind. */
const FIRST = '(the first of its kind; further ones are lines at debug)';

/** Writes a line, or counts it. */
export type Line = (data: object) => void;

/** A log with limited lines. */
export interface LimitedLog extends Log {
  isLevelEnabled(level: LineLevel): boolean;
  /**
   * Returns what writes the line of a refusal: the first of its kind at info, further ones at debug. undefined when the
   * line would not be written, so that its data is not made: `log.refused('foreign-origin')?.({ origin })`.
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
  /** Lines that have been counted since the last one was written, and the data of the latest of them. */
  more: number;
  latest: object;
}

/**
 * Limits the log lines that clients can cause, at every level. The first few lines of a kind are written as they are,
 * then at most one each second, with the number of lines (`more`) and the data of the latest. A kind is a level and a
 * text, so texts have to be constants: what differs from line to line belongs into `data`. A kind without lines for a
 * second begins anew, and then no timer runs.
 */
export class LogLimit {
  readonly #clock: Clock;
  readonly #kinds: Kind[] = [];
  #timer: unknown;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The same log with limited lines. Each has its own kinds, so that the lines of one hub hide none of another's. */
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

  /** Writes all counts now, before their second is over. */
  flush(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const kind of this.#kinds) if (kind.more > 0) writeCount(kind);
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

/**
 * A function that returns the writer of the next line of one kind of refusal. Made once for each kind, as refusals may
 * be many.
 */
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

/** Writes the count of a kind. */
function writeCount(kind: Kind): void {
  const { log, level, text, more, latest } = kind;
  kind.more = 0;
  kind.latest = {};
  if (more === 1) log[level](latest, text);
  else {
    const count = more.toLocaleString('en');
    log[level]({ ...latest, more }, `${text} (${count} more in the last second, this is the latest)`);
  }
}
