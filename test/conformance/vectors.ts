// The recorded transcripts (`test/vectors/`).
import { readFileSync } from 'node:fs';

/** A step has one of the keys that name an action; the other keys are its details. */
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
  /** The answer is not awaited; a later `finish` with this name takes it. */
  readonly start?: string;
  readonly finish?: string;
  readonly response?: { readonly status: number; readonly body: string };
  readonly events?: readonly string[];
  readonly of?: string;
  readonly anyOrder?: boolean;
  readonly or?: readonly (readonly string[])[];
}

/** Allowed differences between an answer and the recorded one. With neither, they must agree byte for byte. */
export interface Freedom {
  /** The detail of an error text is .NET's wording. Another wording is as good. */
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
  /** Acks may arrive at any time; `lastAck` asks for them. */
  readonly ignoreAcks?: boolean;
  /** Takes longer than ten seconds, so it is played on a simulated clock. */
  readonly slow?: boolean;
  readonly patterns?: Readonly<Record<string, string>>;
}

export function readVectors<S>(file: string): readonly Vector<S>[] {
  return JSON.parse(readFileSync(new URL(`../vectors/${file}.json`, import.meta.url), 'utf8')) as Vector<S>[];
}
