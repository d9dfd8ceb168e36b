import { loggable } from './errors.ts';
import { isLevelEnabled, type LineLevel, type Log } from './log.ts';
import { standardError } from './output/standard.ts';
import { printable } from './printable.ts';

/**
 * The logger of a user, as a log that never throws: a logger that fails, for example because its disk is full, must not
 * end a connection or the process. The first error is a line on standard error.
 */
export function guardedLog(logger: Log): Log {
  let hasFailed = false;
  const failed = (error: unknown): void => {
    if (hasFailed) return;
    hasFailed = true;
    const { name, message } = loggable(error);
    const text = printable(`${name}: ${message}`);
    standardError().write(`signalbox: a line of the log is lost, because the logger has thrown ${text}\n`);
  };
  const guarded = (level: LineLevel) => (data: object, text?: string) => {
    try {
      logger[level](data, text);
    } catch (error) {
      failed(error);
    }
  };
  return {
    debug: guarded('debug'),
    info: guarded('info'),
    warn: guarded('warn'),
    error: guarded('error'),
    isLevelEnabled(level) {
      try {
        return isLevelEnabled(logger, level);
      } catch (error) {
        failed(error);
        return false;
      }
    },
  };
}
