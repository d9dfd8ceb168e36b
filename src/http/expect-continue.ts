import type { ServerResponse } from 'node:http';

/** Responses to requests whose client waits for 100 Continue. */
const awaited = new WeakSet<ServerResponse>();

/**
 * Notes that the client waits for 100 Continue before it sends the body (`Expect: 100-continue`, RFC 9110, section
 * 10.1.1). Node tells it by the event `checkContinue`, which only servers with a listener for it have; others have sent
 * 100 Continue already. An answer without it is the last one on its socket, which Node sees to: nobody could tell
 * whether the body or another request follows.
 */
export function awaitContinue(response: ServerResponse): void {
  awaited.add(response);
}

/** Asks the client for the body that it has announced. Has no effect on other requests, or the second time. */
export function sendContinue(response: ServerResponse): void {
  if (awaited.delete(response)) response.writeContinue();
}
