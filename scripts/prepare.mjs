// Builds after `npm ci`, and before a package is packed or installed from git. Where the development dependencies were
// left out, such as in an image, there is nothing to build with: what was built elsewhere stays as it is.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';

const NEEDED = ['typescript', 'tsx', 'marked', '@microsoft/signalr'];

function isInstalled(name) {
  try {
    createRequire(import.meta.url).resolve(`${name}/package.json`);
    return true;
  } catch {
    return false;
  }
}

const missing = NEEDED.filter((name) => !isInstalled(name));
// `npm pack` and `npm publish` have built already: `prepack` comes first.
const isPacking = ['pack', 'publish'].includes(process.env.npm_command);
if (missing.length > 0) console.log(`signalbox: nothing is built, because ${missing.join(', ')} is not installed.`);
else if (!isPacking)
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit', shell: process.platform === 'win32' });
