// Starts what `signalbox serve` starts, with its defaults (validation, limits, session records, counters), and a hub to
// measure, which has plain clients as its hubs have. Its log level is higher, as for ASP.NET Core, because the log and
// the tables share the same output. And it limits nobody, unless it is told to count: clients of a benchmark call
// thousands of times a second.
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
    options: {
      inspect: { about: 'with the inspector at /inspect' },
      rates: { about: 'with rates that count everything, and refuse nothing' },
    },
    words: { name: 'DATA', least: 1, most: 1 },
  },
  async ({ values: { inspect, rates }, words: [data] }) => {
    const perSecond = rates ? 1e9 : 0;
    const unlimited = { 'rates.calls.perSecond': perSecond, 'rates.bytes.perSecond': perSecond };
    const burst = { 'rates.calls.burst': 1e9, 'rates.bytes.burst': 1e9 };
    const settings = Settings.parse({ port: 0, data, inspect, logLevel: 'warn', ...unlimited, ...burst });
    process.exitCode = await serve(settings, handleSignals(), {
      '/hubs/chat': createChatHub(),
      '/bench': benchHub({ setupHub, method }, { plain: true }),
    });
  },
);
