// The vitest.config.ts beside this file lists the modules that are replaced to play the suite against another server.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { start, UsageError } from '../../scripts/program.ts';
import { hasDotnet } from '../support/dotnet.ts';
import { built, builtWithMessagePack } from './built.ts';

const PACKAGE = 'Microsoft.AspNetCore.SignalR.Protocols.MessagePack';
const IN_MESSAGEPACK = ['test/conformance/messagepack.test.ts', 'test/original/slow-messagepack.ts'];
const FILES = ['test/conformance', 'test/original'];
/** As in vitest.config.ts. */
const IN_SUITE = /^test\/(?:conformance\/.*\.test|original\/(?:reading|slow-.*))\.ts$/;
const root = resolve(import.meta.dirname, '../..');

await start(
  {
    command: 'npm run test:original --',
    about: `Plays the conformance suite, or the files whose paths have one of the words, against ASP.NET Core SignalR instead of
signalbox, which proves the suite itself. It needs a .NET SDK 10, and skips everything without one.`,
    options: {},
    words: { name: 'FILE', least: 0, most: Number.POSITIVE_INFINITY },
  },
  async ({ words }) => {
    checkFiles(words);
    if (await hasDotnet()) await playAll(words);
    else console.log('!!! SKIPPED: ASP.NET Core SignalR was NOT tested, because there is no .NET SDK 10 here.');
  },
);

/** @throws UsageError when a word is in the path of no file of the suite. */
function checkFiles(words: readonly string[]): void {
  const files = FILES.flatMap((folder) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`)).filter(
    (file) => IN_SUITE.test(file),
  );
  const unknown = words.find((word) => !files.some((file) => file.includes(word)));
  if (unknown !== undefined)
    throw new UsageError(`no file of the suite has '${unknown}' in its path; there are ${files.join(', ')}.`);
}

async function playAll(words: readonly string[]): Promise<void> {
  console.log('Left out: the default poll timeout. It takes 90 seconds.');
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-original-'));
  try {
    process.exitCode = await play(folder, words);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function play(folder: string, words: readonly string[]): Promise<number> {
  const both = await builtWithMessagePack(folder);
  if (both === undefined) console.log(`Left out: MessagePack. No feed has ${PACKAGE} for us.`);
  const program = both ?? (await built(folder));
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const leftOut = both === undefined ? IN_MESSAGEPACK.flatMap((file) => ['--exclude', file]) : [];
  const args = [vitest, 'run', '--config', 'test/original/vitest.config.ts', ...leftOut, ...words];
  const { status } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, SIGNALBOX_ORIGINAL: program },
  });
  return status ?? 1;
}
