/**
 * Folders whose files only compute, in memory and with a simulated clock. Several of them run one after the other in one
 * process, which imports the sources once: importing takes longer than most of their tests.
 */
export const COMPUTING = ['hubs', 'machines', 'options', 'properties', 'protocol', 'support', 'testing', 'transports'];

/** Files of these folders that need a process of their own: they measure memory, open sockets, or change what others share. */
export const ALONE = [
  'test/options/calls.test.ts',
  'test/properties/abort-listeners.test.ts',
  'test/properties/protocols.test.ts',
  'test/properties/real-sockets.test.ts',
  'test/properties/shared-signals.test.ts',
  'test/properties/weight.test.ts',
  'test/protocol/messagepack-codec.test.ts',
  'test/protocol/messagepack-hostile.test.ts',
  'test/transports/subprotocols.test.ts',
];

/** Patterns of the files that share processes, before `ALONE` is taken away. */
export const SHARED = COMPUTING.map((folder) => `test/${folder}/**/*.test.ts`);
