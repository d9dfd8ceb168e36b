// The recorded transcripts (`test/vectors/`), and the rule that says which of them are played today.
import { readFileSync } from 'node:fs';

/** A step has one of these keys; the others belong to it. */
export interface Step {
  readonly on?: string;
  readonly connect?: {
    readonly hub?: string;
    readonly query?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly silent?: boolean;
  };
  readonly refused?: { readonly status: number; readonly body: string };
  readonly send?: string | readonly string[];
  readonly binary?: boolean;
  readonly base64?: boolean;
  readonly pauseMs?: number;
  readonly fragments?: number;
  readonly receive?: string | readonly string[];
  readonly receiveAnyOrder?: readonly string[];
  readonly afterMs?: readonly [min: number, max: number];
  readonly nothing?: number;
  readonly waitMs?: number;
  readonly close?: { readonly code?: number };
  readonly closed?: { readonly code: number; readonly reason: string };
  readonly ended?: true;
  readonly drop?: true | 'reset';
  readonly pingsSoFar?: readonly [min: number, max: number];
  readonly http?: { readonly method: string; readonly path: string };
  readonly response?: { readonly status: number; readonly body: string };
  readonly events?: readonly string[];
  readonly of?: string;
  readonly anyOrder?: boolean;
  readonly or?: readonly (readonly string[])[];
}

/** How closely an answer must agree with the recorded one. Neither: byte for byte. */
export interface Freedom {
  /** An error text behind its generic beginning is .NET's: another one is as good. */
  readonly ownWording?: boolean;
  /** Other JSON with the same meaning is as good. */
  readonly otherSpelling?: boolean;
}

export interface Vector<S = Step> extends Freedom {
  readonly name: string;
  readonly hub: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly steps: readonly S[];
  readonly patterns?: Readonly<Record<string, string>>;
}

export function readVectors<S>(file: string): readonly Vector<S>[] {
  return JSON.parse(readFileSync(new URL(`../vectors/${file}.json`, import.meta.url), 'utf8')) as Vector<S>[];
}

/** Hub methods that nothing stands behind yet: streams in both directions, and questions to a client. */
const NOT_THERE_YET = new Set([
  ...['Counter', 'Ticks', 'TicksUncaring', 'TicksChannel', 'StreamThrow', 'StreamThrowHub', 'StreamThrowEarly'],
  ...['NullStream', 'TaskStream', 'Concat', 'ConcatWith', 'ConcatAfter', 'Sum', 'StreamEcho', 'UploadCaught'],
  ...['UploadRecorded', 'UploadIgnore', 'UploadIgnoreAfter', 'UploadDontRead'],
  ...['Ask', 'AskMe', 'AskMeFor', 'AskMeRecorded'],
]);
/** What `onConnected` or `onDisconnected` of /mode is told to do: ask the client. */
const ASKING_MODE = /mode=ask\b/;

/** Left out is what calls such a method. A record that is refused before any method is looked up calls none. */
export function isLeftOut(vector: Vector): boolean {
  return vector.steps.some(
    (step) =>
      ASKING_MODE.test(step.connect?.query ?? '') ||
      recordsOf(step).some((record) => NOT_THERE_YET.has(called(record))),
  );
}

function recordsOf({ send = [], binary, base64 }: Step): string[] {
  const texts = typeof send === 'string' ? [send] : send;
  const encoding = binary || base64 ? 'base64' : 'utf8';
  return texts.flatMap((text) => Buffer.from(text, encoding).toString('utf8').split('\u001e'));
}

/** The method that a record calls; none if it is no well-formed call. */
function called(record: string): string {
  try {
    const { type, target, invocationId, streamIds = [] } = JSON.parse(record) as Record<string, unknown>;
    const isCall = (type === 1 || (type === 4 && Boolean(invocationId))) && Array.isArray(streamIds);
    return isCall && typeof target === 'string' ? target : '';
  } catch {
    return '';
  }
}
