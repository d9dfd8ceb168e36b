// The transcripts of plain HTTP, and the rule that says which of them are played today.
import type { Vector } from './vectors.ts';

export interface HttpStep {
  readonly on?: string;
  readonly start?: string;
  readonly request?: {
    readonly method: string;
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  };
  readonly response?: ExpectedAnswer;
  readonly opened?: ExpectedAnswer;
  readonly silent?: boolean;
  readonly negotiate?: string;
  readonly version?: number;
  readonly send?: string;
  readonly records?: readonly string[];
  readonly frames?: readonly string[];
  readonly nothing?: number;
  readonly waitMs?: number;
  readonly close?: { readonly code?: number };
  readonly closed?: { readonly code: number; readonly reason: string };
  readonly ended?: 'cut' | 'complete';
  readonly drop?: true;
  readonly events?: readonly string[];
}

export interface ExpectedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Hubs of the HTTP transcripts that the server of these tests has, and one that no server has. */
const HUBS = new Set(['plain', 'refusing', 'standin-binary', 'nohub']);
/** What a poll and an event stream answer with: other transports than the one that is there. */
const OTHER_TRANSPORTS = /application\/octet-stream|text\/event-stream/;

export function isHttpLeftOut({ hub, steps }: Vector<HttpStep>): boolean {
  return !HUBS.has(hub) || OTHER_TRANSPORTS.test(JSON.stringify(steps));
}
