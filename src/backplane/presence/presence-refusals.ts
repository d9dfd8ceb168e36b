import { HubError, RefusedError } from '../../errors.ts';

/** Claims of one connection, at most. */
export const MAXIMUM_CLAIMS = 100;

/** Errors with which presence refuses something. */
export const refusals = {
  tooMany: () => new HubError(`A connection can claim at most ${MAXIMUM_CLAIMS} presence keys.`),
  released: () => new RefusedError('The presence key was released before it was granted.'),
  ending: () => new RefusedError('The connection is ending: it can claim no presence key any more.'),
  away: () => new RefusedError('The other nodes cannot be reached, so nobody can claim a presence key (onOutage).'),
  notHeld: () => new RefusedError('This connection has no claim on the presence key.'),
} as const;
