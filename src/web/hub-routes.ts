import type { Endpoint } from '../endpoint/endpoint.ts';
import { sendContinue } from '../http/expect-continue.ts';
import { negotiationPath, plainPath, refreshPath } from './hub-paths.ts';
import type { Route, Routes } from './routes.ts';

/** The part of an endpoint that answers requests. */
type Answers = Pick<Endpoint, 'negotiate' | 'refresh' | 'request' | 'upgrade' | 'isUpgrade' | 'plain'>;

type Answer = Required<Route>['request'];

/**
 * Adds the paths of a hub: its own, the one where its clients negotiate, and, if the hub lets them, the one where they
 * refresh their authentication, and the one where plain clients connect.
 */
export function addHub(routes: Pick<Routes, 'add'>, path: string, endpoint: Answers, canRefresh: boolean): void {
  addWebSockets(routes, path, endpoint);
  if (endpoint.plain !== undefined) addWebSockets(routes, plainPath(path), endpoint.plain);
  routes.add(negotiationPath(path), {
    request: hub((request, response) => endpoint.negotiate(request, response)),
  });
  if (!canRefresh) return;
  routes.add(refreshPath(path), {
    request: hub((request, response) => endpoint.refresh(request, response)),
  });
}

function addWebSockets(
  routes: Pick<Routes, 'add'>,
  path: string,
  endpoint: Pick<Endpoint, 'request' | 'upgrade' | 'isUpgrade'>,
): void {
  routes.add(path, {
    request: hub((request, response) => endpoint.request(request, response)),
    upgrade: (request, socket, head) => endpoint.upgrade(request, socket, head),
    isUpgrade: (request) => endpoint.isUpgrade(request),
  });
}

/** Asks for each body at once, as Node does on a server without a `checkContinue` listener. */
function hub(answer: Answer): Answer {
  return (request, response) => {
    sendContinue(response);
    return answer(request, response);
  };
}
