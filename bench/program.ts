import type { Program } from '../scripts/program.ts';

/** What `npm run bench` takes. arguments.ts reads what a measurement takes of it, compare/arguments.ts a comparison. */
export const BENCH = {
  command: 'npm run bench --',
  about: `Measures this checkout beside other servers, with all scenarios or the named ones; \`micro\` is for the parts alone.
\`credentials\` shows what a connect and a poll cost with each kind of credential, divided by an anonymous one; \`rates\`
what an echo costs with rates that refuse nothing, divided by one without rates; \`nodes\` what a delivery costs two nodes
on Redis, beside two nodes of other servers; \`outage\` how long a message to a node's own clients takes without Redis;
\`history\` what a message to a group that keeps it costs, divided by one to a group that does not.
With --against it compares the costs of this checkout and of another state of it. Exit code 1: this checkout is worse.
docs/performance.md explains the figures.`,
  options: {
    quick: { about: 'a quick look, less than a minute' },
    profile: { about: 'signalbox writes CPU profiles' },
    runs: { value: 'N', about: 'number of runs of each case, from 1 to 9999' },
    peers: { value: 'A,B', about: 'these peers only; `signalbox`: none' },
    against: { value: 'REF', about: 'the other state: a branch, a tag or a commit' },
    seconds: {
      value: 'N',
      about: 'with --against and what is measured alone: least measuring time of a row, 1 to 9999; default: 60',
    },
  },
  words: { name: 'SCENARIO', least: 0, most: Number.POSITIVE_INFINITY },
} as const satisfies Program;
