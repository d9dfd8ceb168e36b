import { closeSync, openSync } from 'node:fs';
import { onTestFinished } from 'vitest';

/** Opens a file or a device to write to it, until the end of the test. */
export function device(path: string): number {
  const descriptor = openSync(path, 'w');
  onTestFinished(() => closeSync(descriptor));
  return descriptor;
}
