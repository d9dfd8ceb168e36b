import { join } from 'node:path';
import { build, lacksPackage, restore } from '../support/dotnet.ts';

const APP = join(import.meta.dirname, 'app');
const WITH_MESSAGEPACK = '-p:WithMessagePack=true';

/** Builds ASP.NET Core SignalR with the hubs of `app` into a folder. @returns the path of the program, for `dotnet`. */
export function built(folder: string): Promise<string> {
  return builtWith(folder);
}

/** The same with MessagePack. Resolves with undefined when no feed has its package. */
export async function builtWithMessagePack(folder: string): Promise<string | undefined> {
  const restored = await restore(APP, folder, WITH_MESSAGEPACK);
  return lacksPackage(restored) ? undefined : builtWith(folder, WITH_MESSAGEPACK);
}

async function builtWith(folder: string, ...properties: readonly string[]): Promise<string> {
  for (const step of [restore, build]) {
    const { ok, printed } = await step(APP, folder, ...properties);
    if (!ok) throw new Error(`ASP.NET Core SignalR was not built:\n${printed}`);
  }
  return join(folder, 'original.dll');
}
