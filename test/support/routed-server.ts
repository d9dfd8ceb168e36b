import { onTestFinished } from 'vitest';
import { TimerWheel } from '../../src/actors/timer-wheel.ts';
import type { Alarms } from '../../src/clock.ts';
import { AllowedHosts } from '../../src/http/hosts.ts';
import { LogLimit } from '../../src/log-limit.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { bind, createListener } from '../../src/web/listener.ts';
import { RequestGuard } from '../../src/web/request-guard.ts';
import { type Route, Routes } from '../../src/web/routes.ts';
import { CollectedLog } from './collected-log.ts';

export interface RoutedServer {
  readonly port: number;
  readonly log: CollectedLog;
  /** Time of the server's limits. */
  readonly clock: SimulatedClock;
}

/** Starts an HTTP server of our own that has routes and no hub. It ends with the test. */
export async function startRouted(
  makeRoutes: (alarms: Alarms) => Readonly<Record<string, Route>>,
  basePath = '/',
): Promise<RoutedServer> {
  const clock = new SimulatedClock();
  const collected = new CollectedLog();
  const log = new LogLimit(clock).over(collected);
  const alarms = new TimerWheel(clock, log);
  const routes = new Routes(log, []);
  for (const [path, route] of Object.entries(makeRoutes(alarms))) routes.add(path, route);
  const http = createListener([], { refused: (request) => routes.unanswered(request, basePath), failed() {} }, 5_000);
  routes.attach(http, basePath, new RequestGuard({ http, isOwn: true, hosts: new AllowedHosts([], []), alarms, log }));
  onTestFinished(() => {
    http.close();
    http.closeAllConnections();
  });
  const { port } = await bind(http, { port: 0, host: '127.0.0.1' });
  return { port, log: collected, clock };
}
