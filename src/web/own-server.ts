import type { Server } from 'node:http';
import type { Clock } from '../clock.ts';
import { loggable } from '../errors.ts';
import type { AllowedOrigins } from '../http/origins.ts';
import { requestFields } from '../http/request-log.ts';
import type { LimitedLog } from '../log-limit.ts';
import { DescriptorWatch } from './descriptor-watch.ts';
import { answerHealth, type HealthProblem } from './health.ts';
import { createListener, type ListenerOwner, type RequestHandler } from './listener.ts';
import { answerOversized } from './oversized-headers.ts';
import type { Routes } from './routes.ts';

export interface OwnServerParts {
  readonly routes: Routes;
  readonly log: LimitedLog;
  readonly clock: Clock;
  readonly origins: AllowedOrigins;
  readonly problems: () => readonly HealthProblem[];
}

export interface OwnServerOptions {
  readonly basePath: string;
  readonly handlers: readonly RequestHandler[];
  readonly keepAliveTimeoutMs: number;
}

/** Makes the HTTP server of `listen`, with health checks in front of the handlers. Hubs are still to be attached. */
export function createOwnServer(parts: OwnServerParts, options: OwnServerOptions): Server {
  const { routes, log, clock, origins, problems } = parts;
  const { basePath, handlers, keepAliveTimeoutMs } = options;
  const health: RequestHandler = (request, response) => answerHealth(request, response, problems);
  const owner: ListenerOwner = {
    refused: (request, status) => {
      if (status === 404) routes.unanswered(request, basePath);
      else log.refused('wrong-http-method')?.(requestFields(request));
    },
    failed: ({ method }, error) => log.error({ error: loggable(error), method }, 'a request failed'),
  };
  const http = createListener([health, ...handlers], owner, keepAliveTimeoutMs);
  answerOversized(http, origins);
  const descriptors = new DescriptorWatch(clock, log);
  return http.on('connection', () => descriptors.connected()).on('close', () => descriptors.dispose());
}
