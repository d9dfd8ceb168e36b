import { isatty } from 'node:tty';
import { pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { standardError } from './output/standard.ts';

/** Interface of loggers; pino's loggers fit. `data` holds ids and counts, never a token or a message body. */
export interface Log {
  debug(data: object, text?: string): void;
  info(data: object, text?: string): void;
  warn(data: object, text?: string): void;
  error(data: object, text?: string): void;
  /** Whether lines of a level are written, so that no others are made. Loggers without it get every line. */
  isLevelEnabled?(level: LineLevel): boolean;
}

/** The level of a line. */
export type LineLevel = 'debug' | 'info' | 'warn' | 'error';

export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const STANDARD_ERROR = 2;

/**
 * A logger to standard error, since standard output is the program's: readable lines on a terminal, JSON otherwise. Its
 * lines never block and never throw. When nobody reads them, or a disk is full, further lines are dropped, and a line
 * says how many as soon as there is room again.
 */
export function createLog(level: LogLevel): Log {
  const output = standardError();
  const format = isatty(STANDARD_ERROR)
    ? prettyFactory({ ignore: 'pid,hostname,name', translateTime: 'HH:MM:ss' })
    : (line: string) => line;
  const log = pino({ name: 'signalbox', level }, { write: (line) => output.write(format(line), sayDropped) });
  function sayDropped(dropped: number): void {
    log[level === 'error' ? 'error' : 'warn']({ dropped }, 'lines of this log were dropped: they could not be written');
  }
  return log;
}

/** Whether a log writes lines of a level. */
export function isLevelEnabled(log: Log, level: LineLevel): boolean {
  return log.isLevelEnabled?.(level) !== false;
}

/** The same log with `fields` added to every line. */
export function logWith(log: Log, fields: object): Log {
  return {
    debug: (data, text) => log.debug({ ...fields, ...data }, text),
    info: (data, text) => log.info({ ...fields, ...data }, text),
    warn: (data, text) => log.warn({ ...fields, ...data }, text),
    error: (data, text) => log.error({ ...fields, ...data }, text),
    isLevelEnabled: (level) => isLevelEnabled(log, level),
  };
}
