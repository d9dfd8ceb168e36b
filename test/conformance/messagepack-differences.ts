// Values that ASP.NET Core SignalR writes in another way in MessagePack than in JSON (`test/vectors/messagepack.json`),
// and our server does not. It has to pass the steps of JSON then, or those of `differences.ts`.

const DECLARED = 'An object is written with the names that it has; the hub of the tests returns those of JSON.';
const SHORTEST = 'JavaScript has one type of number: a whole number is an integer, in the shortest form.';
const AS_IN_JSON = 'A hub decides, not the protocol: what is sent may go to clients of both.';

/** Reasons, by file and vector name. */
export const messagePackDifferences: Readonly<Record<string, string>> = {
  'invocations: result object': DECLARED,
  'invocations: a call of the client with arguments of every kind': DECLARED,
  'invocations: result enum': AS_IN_JSON,
  'invocations: result date': AS_IN_JSON,
  'invocations: result number that JSON does not know (NaN)': AS_IN_JSON,
  'invocations: result integer beyond 2^53': 'A client would read another number without notice.',
  'invocations: number 1': SHORTEST,
  'invocations: number 1.0': SHORTEST,
  'invocations: number -0': SHORTEST,
  'invocations: any value comes back as it went': SHORTEST,
  'invocations: argument objects are read case-insensitively and returned as they are': SHORTEST,
  'invocations: half a surrogate pair': 'Text that is not UTF-8 is an argument that cannot be read, as in JSON.',
};

/** Transcripts that end the process of the server under test: see `test/original/no-differences.ts`. */
export const fatalInMessagePack: readonly string[] = [];
