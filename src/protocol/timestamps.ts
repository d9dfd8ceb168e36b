/** Length of an ISO 8601 time in UTC with milliseconds, such as 2026-01-31T12:00:00.000Z. */
export const TIMESTAMP_LENGTH = 24;
/** Moments after this have a year of more than four digits. */
const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

let latestMs = Number.NaN;
let latestText = '';

/** A moment of the wall clock as ISO 8601 text. Messages of the same millisecond share it: making it costs time. */
export function timestampOf(ms: number): string {
  const whole = Math.floor(Math.min(Math.max(ms, 0), LATEST));
  if (whole !== latestMs) {
    latestMs = whole;
    latestText = new Date(whole).toISOString();
  }
  return latestText;
}
