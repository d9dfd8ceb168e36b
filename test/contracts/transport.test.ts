import { describe, expect, test } from 'vitest';
import { transportContract } from '../../src/testing/transport-contract.ts';
import { MEMORY_KINDS } from './memory-kinds.ts';
import { SOCKET_KINDS } from './socket-kinds.ts';

/** Implementations of the port `Transport`, in memory and over sockets. Each has to pass the same tests. */
describe.each(Object.entries({ ...MEMORY_KINDS, ...SOCKET_KINDS }))('a transport of the kind %s', (_kind, kind) => {
  transportContract({ test, expect }, kind);
});
