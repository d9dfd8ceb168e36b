// A process that builds another state of a repository: `REPOSITORY COMMIT`. It writes the folder of the state to its
// output, and exits when its input ends.
import { otherState } from '../../bench/compare/other-state.ts';

const [repository = '', commit = ''] = process.argv.slice(2);
console.log((await otherState(repository, commit)).folder);
process.stdin.resume();
