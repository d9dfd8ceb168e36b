import type { ServerResponse } from 'node:http';

/** Responses to requests whose client waits for 100 Continue. */
const awaited = new WeakSet<ServerResponse>();

/**
 * Notes that the client waits for 100 Continue before it sends the body (`Expect: 100-continue`, RFC 9110, section
 * 10.1.1). Node has this event, `checkContinue`, only on servers that listen for it; on others it has sent the answer.
 */
export function awaitContinue(response: ServerResponse): void {
  awaited.add(response);
}

/** Whether the client still waits. */
export function isContinueAwaited(response: ServerResponse): boolean {
  return awaited.has(response);
}

/** Asks the client for the body that it has announced. Has no effect on other requests, or the second time. */
export function sendContinue(response: ServerResponse): void {
  if (awaited.delete(response)) response.writeContinue();
}
