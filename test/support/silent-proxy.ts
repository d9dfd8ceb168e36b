// A TCP proxy whose connections can fall silent: they stay open, and carry nothing any more.
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface SilentProxy {
  readonly port: number;
  /** Connections so far that fit. */
  count(fits: (sent: string) => boolean): number;
  /** Silences the open connections that fit. @param fits Gets what the client has sent. @returns how many. */
  silence(fits: (sent: string) => boolean): number;
}

interface Proxied {
  readonly near: Socket;
  readonly far: Socket;
  sent: string;
  isSilent: boolean;
}

export async function startSilentProxy(target: number): Promise<SilentProxy> {
  const all: Proxied[] = [];
  const listener = createServer((near) => {
    const proxied: Proxied = { near, far: dial(target, '127.0.0.1'), sent: '', isSilent: false };
    all.push(proxied);
    for (const [from, to] of [
      [near, proxied.far],
      [proxied.far, near],
    ] as const) {
      from.setNoDelay(true);
      from.on('error', () => {});
      from.on('close', () => to.destroy());
      from.on('data', (chunk) => {
        if (from === near) proxied.sent += chunk.toString('latin1');
        if (!proxied.isSilent) to.write(chunk);
      });
    }
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const { near, far } of all) for (const socket of [near, far]) socket.destroy();
    listener.close();
  });
  return {
    port: (listener.address() as AddressInfo).port,
    count: (fits) => all.filter(({ sent }) => fits(sent)).length,
    silence(fits) {
      const silenced = all.filter(({ near, sent, isSilent }) => !near.destroyed && !isSilent && fits(sent));
      for (const each of silenced) each.isSilent = true;
      return silenced.length;
    },
  };
}
