// Number of transcripts in each file of test/vectors/ws, so that a missing transcript is noticed.

/** Files about JSON itself and about the length of its records. */
export const ABOUT_JSON = { handshake: 43, framing: 51, sizes: 9 } as const;

/** Files about messages, in any protocol. */
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
