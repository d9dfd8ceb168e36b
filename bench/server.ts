// What `signalbox serve` starts, with its defaults (validation, limits, session records, counters), and a hub to measure.
// Only its log is quieter, as ASP.NET Core's is: it goes where the tables go.
import { z } from 'zod';
import { serve } from '../src/cli/serve.ts';
import { Settings } from '../src/cli/settings.ts';
import { createChatHub } from '../src/hubs/chat.ts';
import { method, setupHub } from '../src/index.ts';

interface BenchClient {
  m(data: string): void;
}

const Data = z.string().max(16_384);
const Name = z.string().min(1).max(64);

const benchHub = setupHub({ client: {} as BenchClient }).createHub({
  methods: {
    Id: method([], (hub) => hub.connectionId),
    Echo: method([Data], (_hub, data) => data),
    Broadcast: method([Data], (hub, data) => hub.clients.all.send('m', data)),
    Whisper: method([Name, Data], (hub, to, data) => hub.clients.client(to).send('m', data)),
    Join: method([Name], (hub, group) => hub.groups.add(hub.connectionId, group)),
    ToGroup: method([Name, Data], (hub, group, data) => hub.clients.group(group).send('m', data)),
  },
});

const [data = '', ...flags] = process.argv.slice(2);
const settings = Settings.parse({ port: 0, data, inspect: flags.includes('--inspect'), logLevel: 'warn' });
process.exitCode = await serve(settings, { '/hubs/chat': createChatHub(), '/bench': benchHub });
