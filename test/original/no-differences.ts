// Replaces the lists of differences in `test/conformance`: ASP.NET Core SignalR agrees with the transcripts exactly.

export const differences = {};
export const httpDifferences = {};
export const ownWording: readonly string[] = [];
export const messagePackDifferences = {};

/** A result that contains itself: its MessagePack serializer recurses without a limit, and the process ends. */
export const fatalInMessagePack: readonly string[] = [
  'errors: a result that cannot be serialized',
  'errors: a result that cannot be serialized, detailed errors',
  'errors: a result that cannot be serialized, without id',
];
