// Builds the program around the official .NET client, where this is possible.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { build, hasDotnet, lacksPackage, restore } from '../support/dotnet.ts';

export interface BuiltClient {
  /** Path of the program. */
  readonly program: string;
  /** Whether it has the client's own transports. Their package is another one, which a feed may lack. */
  readonly hasOwnTransports: boolean;
}

/**
 * Resolves with the built program. Resolves with undefined, and prints a warning, when the SDK or a feed
 * with the client's package is missing. The tests are skipped then.
 */
export async function builtClient(): Promise<BuiltClient | undefined> {
  if (!(await hasDotnet())) return skipped('there is no .NET SDK 10 here');
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-dotnet-client-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const project = join(import.meta.dirname, 'client');
  const outcome = async (...properties: readonly string[]) => {
    const restored = await restore(project, folder, ...properties);
    return restored.ok ? await build(project, folder, ...properties) : restored;
  };
  let built = await outcome('-p:OwnTransports=true');
  const hasOwnTransports = built.ok;
  if (lacksPackage(built)) built = await outcome();
  if (!built.ok) {
    // No test runs, so no hook runs after them either.
    remove();
    if (lacksPackage(built)) return skipped('no feed has Microsoft.AspNetCore.SignalR.Client.Core for us');
    throw new Error(`The .NET client was not built:\n${built.printed}`);
  }
  afterAll(remove);
  if (!hasOwnTransports)
    skipped(
      'no feed has Microsoft.AspNetCore.Http.Connections.Client for us',
      'what the .NET client does with its own transports',
    );
  return { program: join(folder, 'client.dll'), hasOwnTransports };
}

function skipped(why: string, what = 'the official .NET client'): undefined {
  console.warn(`!!! SKIPPED: ${what} was NOT tried, because ${why}.`);
}
