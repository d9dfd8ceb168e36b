import { openSink } from './open-sink.ts';
import { Output } from './output.ts';

const STANDARD_OUTPUT = 1;
const STANDARD_ERROR = 2;
/** Milliseconds between two looks at what waits when the process has nothing else to do, and number of looks. */
const LOOK_MS = 50;
const LOOKS = 20;

const outputs = new Map<number, Output>();

export function standardOutput(): Output {
  return outputOf(STANDARD_OUTPUT);
}

export function standardError(): Output {
  return outputOf(STANDARD_ERROR);
}

/** The output of a descriptor. Opened when it is first used: a program that writes nothing should not open it again. */
function outputOf(descriptor: number): Output {
  let output = outputs.get(descriptor);
  if (output === undefined) {
    output = new Output(openSink(descriptor));
    outputs.set(descriptor, output);
    writeBeforeTheEnd(output);
  }
  return output;
}

/** A process that has nothing else to do waits for a slow reader for a second. Then the rest is lost. */
function writeBeforeTheEnd(output: Output): void {
  let looks = 0;
  process.on('beforeExit', () => {
    if (output.waitingBytes === 0 || looks === LOOKS) return;
    looks += 1;
    setTimeout(() => {}, LOOK_MS);
  });
  process.on('exit', () => output.writeLast());
}
