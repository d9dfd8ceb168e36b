// Plays the conformance suite against ASP.NET Core SignalR instead of our server, which proves the suite itself.
// `npm run test:original`. The vitest.config.ts beside this file lists the modules that are replaced for this.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { hasDotnet } from '../support/dotnet.ts';
import { built } from './built.ts';

const root = resolve(import.meta.dirname, '../..');

async function play(folder: string): Promise<number> {
  const program = await built(folder);
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const { status } = spawnSync(process.execPath, [vitest, 'run', '--config', 'test/original/vitest.config.ts'], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, SIGNALBOX_ORIGINAL: program },
  });
  return status ?? 1;
}

if (await hasDotnet()) {
  console.log(
    'Left out: MessagePack. ASP.NET Core SignalR has it in a package, and this app is built with the SDK alone.',
  );
  console.log('Left out: the default poll timeout. It takes 90 seconds.');
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-original-'));
  try {
    process.exitCode = await play(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
} else {
  console.log('!!! SKIPPED: ASP.NET Core SignalR was NOT tested, because there is no .NET SDK 10 here.');
}
