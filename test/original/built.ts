import { join } from 'node:path';
import { build, restore } from '../support/dotnet.ts';

/** Builds ASP.NET Core SignalR with the hubs of `app` into a folder. @returns the path of the program, for `dotnet`. */
export async function built(folder: string): Promise<string> {
  const app = join(import.meta.dirname, 'app');
  for (const step of [restore, build]) {
    const { ok, printed } = await step(app, folder);
    if (!ok) throw new Error(`ASP.NET Core SignalR was not built:\n${printed}`);
  }
  return join(folder, 'original.dll');
}
