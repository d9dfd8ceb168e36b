// An interpreter of Python with the library `websockets`.
import { spawnSync } from 'node:child_process';

/** The second one is Debian's, which has its packages, whatever comes first in the PATH. */
const INTERPRETERS = ['python3', '/usr/bin/python3'];

/** The interpreter, if there is one. In CI its absence is a failure; elsewhere the tests are skipped. */
export const python = INTERPRETERS.find((name) => spawnSync(name, ['-c', 'import websockets']).status === 0);

if (python === undefined) {
  const missing =
    'NO websockets FOR PYTHON: it is NOT tried as a client. Install it: apt-get install python3-websockets';
  if (process.env.CI === 'true') throw new Error(missing);
  console.error(`\n${'!'.repeat(missing.length)}\n${missing}\n${'!'.repeat(missing.length)}\n`);
}
