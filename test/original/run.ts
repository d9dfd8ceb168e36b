// Plays the conformance suite against the original, ASP.NET Core SignalR, in place of ours: so the suite itself is proven right.
// `npm run test:original`. Which modules of the suite are exchanged for that: vitest.config.ts beside this file.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { dotnet, hasDotnet } from '../support/dotnet.ts';

const root = resolve(import.meta.dirname, '../..');

function play(): number {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-original-'));
  try {
    for (const step of ['restore', 'build'] as const) {
      const { ok, printed } = dotnet(step, join(import.meta.dirname, 'app'), folder);
      if (!ok) throw new Error(`dotnet ${step} failed:\n${printed}`);
    }
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const { status } = spawnSync(process.execPath, [vitest, 'run', '--config', 'test/original/vitest.config.ts'], {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, SIGNALBOX_ORIGINAL: join(folder, 'original.dll') },
    });
    return status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (hasDotnet()) {
  console.log(
    'Left out: MessagePack. The original has it in a package of its own, and this app is built of the SDK alone.',
  );
  process.exitCode = play();
} else {
  console.log('!!! SKIPPED: the original was NOT put under the suite, because there is no .NET SDK 10 here.');
}
