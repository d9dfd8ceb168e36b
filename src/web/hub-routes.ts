import type { Endpoint } from '../endpoint/endpoint.ts';
import { sendContinue } from '../http/expect-continue.ts';
import { negotiationPath, refreshPath } from './hub-paths.ts';
import type { Route, Routes } from './routes.ts';

/** The part of an endpoint that answers requests. */
type Answers = Pick<Endpoint, 'negotiate' | 'refresh' | 'request' | 'upgrade' | 'isUpgrade'>;

type Answer = Required<Route>['request'];

/**
 * Adds the paths of a hub: its own, the one where its clients negotiate, and the one where they refresh their
 * authentication, if the hub lets them.
 */
export function addHub(routes: Pick<Routes, 'add'>, path: string, endpoint: Answers, canRefresh: boolean): void {
  routes.add(path, {
    request: hub((request, response) => endpoint.request(request, response)),
    upgrade: (request, socket, head) => endpoint.upgrade(request, socket, head),
    isUpgrade: (request) => endpoint.isUpgrade(request),
  });
  routes.add(negotiationPath(path), {
    request: hub((request, response) => endpoint.negotiate(request, response)),
  });
  if (!canRefresh) return;
  routes.add(refreshPath(path), {
    request: hub((request, response) => endpoint.refresh(request, response)),
  });
}

/** Asks for each body at once, as Node does on a server without a `checkContinue` listener. */
function hub(answer: Answer): Answer {
  return (request, response) => {
    sendContinue(response);
    return answer(request, response);
  };
}
