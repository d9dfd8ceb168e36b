import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP server on a free port. It prints the port, like every server of the benchmark. */
export function announced(): Server {
  const http = createServer();
  http.listen(0, '127.0.0.1', () => {
    console.log(`listening on http://127.0.0.1:${(http.address() as AddressInfo).port}`);
  });
  return http;
}
