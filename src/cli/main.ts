#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { serve } from './serve.ts';

const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
  readonly description: string;
};

function port(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= 65_535) return number;
  throw new InvalidArgumentError('It must be a whole number from 0 to 65535 (0: any free port).');
}

const program = new Command('signalbox').description(manifest.description).version(manifest.version);

program
  .command('serve')
  .description('Run the standalone server: the chat hub at /hubs/chat')
  .option('--port <number>', 'TCP port', port, 5080)
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .action((options: { readonly port: number; readonly host: string }) => serve(options));

await program.parseAsync();
