import { type Rule, refuse } from '../option-checks.ts';

/** Faults of a path, each with the text of the rule. Requests are decoded before their paths are compared. */
const FAULTS: readonly (readonly [fault: RegExp, expected: string])[] = [
  [/^(?!\/)/, 'a path that begins with a slash, such as "/hubs/chat"'],
  [/[?#]/, 'a path without query and fragment'],
  [/%/, 'a path as it reads when it is decoded, without "%": "/my hub", not "/my%20hub"'],
  [/[{}[\]<>*]|\/:/, 'a path without patterns: clients say more in the query, which is in hub.request.query'],
  [
    /\/\/|\/\.{1,2}(\/|$)|\\/,
    'a path as clients send it, without "//", "/./", "/../" and "\\\\": they send another one',
  ],
  [/[\p{Cc}\p{Cs}]/u, 'a path without control characters'],
];

/** Rule of a path that is mounted, and of a base path. */
export const PATH: Rule = {
  read(value, at) {
    const text = typeof value === 'string' ? value : '';
    const fault = FAULTS.find(([pattern]) => pattern.test(text));
    return fault === undefined ? value : refuse(value, at, fault[1]);
  },
};
