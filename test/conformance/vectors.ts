// The recorded transcripts (`test/vectors/`).
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
  readonly lastAck?: number;
  readonly pingsSoFar?: readonly [min: number, max: number];
  readonly http?: { readonly method: string; readonly path: string };
  /** The answer is not awaited; a later `finish` with this name has it. */
  readonly start?: string;
  readonly finish?: string;
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
  /** Acks come when they like; `lastAck` asks for them. */
  readonly ignoreAcks?: boolean;
  /** Takes longer than ten seconds: played on a clock that is moved by hand. */
  readonly slow?: boolean;
  readonly patterns?: Readonly<Record<string, string>>;
}

export function readVectors<S>(file: string): readonly Vector<S>[] {
  return JSON.parse(readFileSync(new URL(`../vectors/${file}.json`, import.meta.url), 'utf8')) as Vector<S>[];
}
