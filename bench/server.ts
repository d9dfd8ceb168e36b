// Starts what `signalbox serve` starts, with its defaults (validation, limits, session records, counters), and a hub to
// measure, which has plain clients as its hubs have. Its log level is higher, as for ASP.NET Core, because the log and
// the tables share the same output. And it limits nobody: clients of a benchmark call thousands of times a second.
import { start } from '../scripts/program.ts';
import { handleSignals } from '../src/cli/end-signals.ts';
import { serve } from '../src/cli/serve.ts';
import { Settings } from '../src/cli/settings.ts';
import { createChatHub } from '../src/hubs/chat.ts';
import { method, setupHub } from '../src/index.ts';
import { benchHub } from './bench-hub.ts';

await start(
  {
    command: 'node bench/dist/bench/server.js',
    about:
      'The signalbox that npm run bench measures. It keeps its database in the folder DATA, and prints its address.',
    options: { inspect: { about: 'with the inspector at /inspect' } },
    words: { name: 'DATA', least: 1, most: 1 },
  },
  async ({ values: { inspect }, words: [data] }) => {
    const unlimited = { 'rates.calls.perSecond': 0, 'rates.bytes.perSecond': 0 };
    const settings = Settings.parse({ port: 0, data, inspect, logLevel: 'warn', ...unlimited });
    process.exitCode = await serve(settings, handleSignals(), {
      '/hubs/chat': createChatHub(),
      '/bench': benchHub({ setupHub, method }, { plain: true }),
    });
  },
);
