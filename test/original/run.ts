// Plays the conformance suite against ASP.NET Core SignalR instead of our server, which proves the suite itself.
// `npm run test:original`; arguments behind `--` go to Vitest. The vitest.config.ts beside this file lists the modules
// that are replaced for this.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { hasDotnet } from '../support/dotnet.ts';
import { built, builtWithMessagePack } from './built.ts';

const PACKAGE = 'Microsoft.AspNetCore.SignalR.Protocols.MessagePack';
const IN_MESSAGEPACK = ['test/conformance/messagepack.test.ts', 'test/original/slow-messagepack.ts'];
const root = resolve(import.meta.dirname, '../..');

async function play(folder: string): Promise<number> {
  const both = await builtWithMessagePack(folder);
  if (both === undefined) console.log(`Left out: MessagePack. No feed has ${PACKAGE} for us.`);
  const program = both ?? (await built(folder));
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const leftOut = both === undefined ? IN_MESSAGEPACK.flatMap((file) => ['--exclude', file]) : [];
  const args = [vitest, 'run', '--config', 'test/original/vitest.config.ts', ...leftOut, ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, SIGNALBOX_ORIGINAL: program },
  });
  return status ?? 1;
}

if (await hasDotnet()) {
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
