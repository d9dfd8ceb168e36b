import { pino } from 'pino';

/** What signalbox asks of a logger; pino's loggers fit. `data` holds ids and counts, never a token or a message body. */
export interface Log {
  debug(data: object, text?: string): void;
  info(data: object, text?: string): void;
  warn(data: object, text?: string): void;
  error(data: object, text?: string): void;
}

export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** JSON lines on standard error, so that standard output stays the program's own. */
export function createLog(level: LogLevel): Log {
  return pino({ name: 'signalbox', level }, pino.destination({ fd: 2, sync: false }));
}

/** The same log with `fields` added to every line. */
export function logWith(log: Log, fields: object): Log {
  return {
    debug: (data, text) => log.debug({ ...fields, ...data }, text),
    info: (data, text) => log.info({ ...fields, ...data }, text),
    warn: (data, text) => log.warn({ ...fields, ...data }, text),
    error: (data, text) => log.error({ ...fields, ...data }, text),
  };
}
