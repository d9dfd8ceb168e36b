import type { Lane } from '../../src/routing/lane.ts';
import type { TestServer } from './test-server.ts';

/** The lane of the connection whose request had this query key, so that a test can find one client among many. */
export function laneOf({ server }: TestServer, queryKey: string): Lane {
  for (const connection of server.supervisor.connections()) {
    const { session } = connection;
    if (session?.caller.request.query.has(queryKey) === true) return session.lane;
  }
  throw new Error(`nobody is called ${queryKey}`);
}
