// In place of `test/conformance/differences.ts`: the original is what the transcripts say.

export const differences = {};
export const httpDifferences = {};

export function withOurTransports(body: string): string {
  return body;
}
