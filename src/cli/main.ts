#!/usr/bin/env node
import { handleSignals } from './end-signals.ts';

// Before anything else is loaded, which takes a while: a signal during the start must not be lost.
const signals = handleSignals();
const { run } = await import('./program.ts');
await run(signals);
