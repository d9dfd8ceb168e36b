// Replaces the lists of differences in `test/conformance`: ASP.NET Core SignalR agrees with the transcripts exactly.

export const differences = {};
export const httpDifferences = {};
export const ownWording: readonly string[] = [];
