import type { Log } from '../../src/log.ts';

/** A logged line, with the text of its error, if it has one. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly text: string;
  readonly error: string | undefined;
  readonly data: object;
}

/** A log that tests can read. */
export class CollectedLog implements Log {
  readonly lines: LogLine[] = [];

  debug(data: object, text = ''): void {
    this.#add('debug', data, text);
  }
  info(data: object, text = ''): void {
    this.#add('info', data, text);
  }
  warn(data: object, text = ''): void {
    this.#add('warn', data, text);
  }
  error(data: object, text = ''): void {
    this.#add('error', data, text);
  }

  /** Lines that only a fault of the server itself causes, except the crash of an actor. */
  get faults(): readonly LogLine[] {
    return this.lines.filter(({ level, text }) => level === 'error' && text !== 'an actor crashed');
  }

  #add(level: LogLine['level'], data: object, text: string): void {
    const { error: thrown } = data as { readonly error?: { readonly name: string; readonly message: string } };
    const error = thrown === undefined ? undefined : `${thrown.name}: ${thrown.message}`;
    this.lines.push({ level, text, error, data });
  }
}
