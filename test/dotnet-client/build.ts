// Builds the program around the official .NET client, where this is possible.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { build, hasDotnet, lacksPackage, restore } from '../support/dotnet.ts';

/**
 * Resolves with the path of the built program. Resolves with undefined, and prints a warning, when the SDK or a feed
 * with the client's package is missing. The tests are skipped then.
 */
export async function builtClient(): Promise<string | undefined> {
  if (!(await hasDotnet())) return skipped('there is no .NET SDK 10 here');
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-dotnet-client-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const project = join(import.meta.dirname, 'client');
  const restored = await restore(project, folder);
  const built = restored.ok ? await build(project, folder) : restored;
  if (!built.ok) {
    // No test runs, so no hook runs after them either.
    remove();
    if (lacksPackage(built)) return skipped('no feed has Microsoft.AspNetCore.SignalR.Client.Core for us');
    throw new Error(`The .NET client was not built:\n${built.printed}`);
  }
  afterAll(remove);
  return join(folder, 'client.dll');
}

function skipped(why: string): undefined {
  console.warn(`!!! SKIPPED: the official .NET client was NOT tried, because ${why}.`);
}
