import type { Endpoint } from '../endpoint/endpoint.ts';
import { sendContinue } from '../http/expect-continue.ts';
import { negotiationPath } from './hub-paths.ts';
import type { Route, Routes } from './routes.ts';

/** The part of an endpoint that answers requests. */
type Answers = Pick<Endpoint, 'negotiate' | 'request' | 'upgrade' | 'isUpgrade'>;

type Answer = Required<Route>['request'];

/** Adds the two paths of a hub: its own, and the one where its clients negotiate. */
export function addHub(routes: Pick<Routes, 'add'>, path: string, endpoint: Answers): void {
  routes.add(path, {
    request: hub((request, response) => endpoint.request(request, response)),
    upgrade: (request, socket, head) => endpoint.upgrade(request, socket, head),
    isUpgrade: (request) => endpoint.isUpgrade(request),
  });
  routes.add(negotiationPath(path), {
    request: hub((request, response) => endpoint.negotiate(request, response)),
  });
}

/** Asks for each body at once, as Node does on a server without a `checkContinue` listener. */
function hub(answer: Answer): Answer {
  return (request, response) => {
    sendContinue(response);
    return answer(request, response);
  };
}
