// In place of the lists of differences in `test/conformance`: the original is what the transcripts say, to the word.

export const differences = {};
export const httpDifferences = {};
export const ownWording: readonly string[] = [];
