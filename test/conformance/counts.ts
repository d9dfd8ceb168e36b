// How many transcripts each file of test/vectors/ws has, so that none vanishes unnoticed.

/** About what JSON is, and how long its records are. */
export const ABOUT_JSON = { handshake: 43, framing: 51, sizes: 9 } as const;

/** About what is said, in whatever protocol. */
export const ABOUT_MESSAGES = {
  invocations: 78,
  errors: 15,
  close: 20,
  connect: 13,
  addressing: 29,
  concurrency: 15,
  'streaming-down': 29,
  'streaming-up': 31,
  'client-results': 23,
  filters: 7,
  authorization: 6,
  pings: 11,
  'stateful-reconnect': 37,
} as const;
