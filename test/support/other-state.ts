// A process that builds another state of a repository: `REPOSITORY REF`. It writes the folder of the state to its
// output, and exits when its input ends.
import { otherState } from '../../bench/compare/other-state.ts';

const [repository = '', ref = ''] = process.argv.slice(2);
console.log((await otherState(repository, ref)).folder);
process.stdin.resume();
