// Network paths between a client and a server: TLS, and a proxy that takes only a limited number of bytes at once.
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as dialSecurely } from 'node:tls';
import { onTestFinished } from 'vitest';

const FOLDER = join(import.meta.dirname, 'tls');

/** A self-signed certificate for localhost, for `https.createServer`. */
export const LOCALHOST = {
  key: readFileSync(join(FOLDER, 'localhost-key.pem')),
  cert: readFileSync(join(FOLDER, 'localhost.pem')),
};

/** A proxy that ends TLS, for clients that do not know the certificate. @returns the port to connect to. */
export function withoutTls(target: number): Promise<number> {
  return relay((near) => {
    const far = dialSecurely({ port: target, host: '127.0.0.1', rejectUnauthorized: false });
    near.pipe(far);
    far.pipe(near);
    return far;
  });
}

/** Bytes that the proxy carries before it pauses. */
const WINDOW_BYTES = 65_536;

/** A proxy that carries 64 KiB at a time, and keeps no more. @returns the port to connect to. */
export function throughWindows(target: number): Promise<number> {
  return relay((near) => {
    const far = dial(target, '127.0.0.1');
    carry(near, far);
    carry(far, near);
    return far;
  });
}

function carry(from: Socket, to: Socket): void {
  let carried = 0;
  from.on('data', (chunk) => {
    carried += chunk.length;
    const isTaken = to.write(chunk);
    if (carried < WINDOW_BYTES && isTaken) return;
    carried = 0;
    from.pause();
    const goOn = () => setTimeout(() => from.resume(), 1);
    if (isTaken) goOn();
    else to.once('drain', goOn);
  });
  from.on('end', () => to.end());
}

/** @param dialOn Connects a client to its target. */
async function relay(dialOn: (near: Socket) => Socket): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((near) => {
    const far = dialOn(near);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
