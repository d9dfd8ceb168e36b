/** Texts that some databases cannot keep, or change: each has to come back as it was given. */
export const UNUSUAL_TEXTS: readonly string[] = [
  '',
  ' with blanks \t\r\n',
  "o'hara; DROP TABLE messages; --",
  '"{a,b}" \\ NULL $1 ?',
  'Zoë 🚆 e\u0301 \u200d \uffff \u{10ffff}',
  'a\0b',
  '\ud800',
  'a\udc00b',
  '\udc00\ud800',
  '\x1a',
  '\x1a0000',
  '\x1a\0\x1a001a',
];
