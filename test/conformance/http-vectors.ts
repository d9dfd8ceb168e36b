// The transcripts of plain HTTP.
import type { Vector } from './vectors.ts';

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** An array is sent in chunks, piece by piece. */
  readonly body?: string | readonly string[] | Base64;
  /** The body does not end. */
  readonly unfinished?: true;
}

export interface Base64 {
  readonly base64: string;
}

export interface ExpectedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Base64;
}

/** An answer, or several of which any is correct. */
export type ExpectedOneOf = ExpectedAnswer | { readonly oneOf: readonly ExpectedAnswer[] };

export interface HttpStep {
  readonly on?: string;
  readonly start?: string;
  /** Delay after a request that was only started, before the next step. Default: until the server has received it. */
  readonly settleMs?: number;
  readonly finish?: string | readonly string[];
  readonly request?: HttpRequest;
  readonly response?: ExpectedAnswer;
  readonly responsesAnyOrder?: readonly ExpectedOneOf[];
  readonly afterMs?: readonly [min: number, max: number];
  readonly opened?: ExpectedAnswer;
  readonly silent?: boolean;
  readonly negotiate?: string;
  /** Query of the negotiation, after its version. */
  readonly query?: string;
  readonly longPolling?: string;
  readonly serverSentEvents?: string;
  readonly version?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly as?: string;
  readonly send?: string;
  readonly chunks?: readonly string[];
  readonly records?: readonly string[];
  readonly frames?: readonly string[];
  readonly nothing?: number;
  readonly waitMs?: number;
  readonly close?: { readonly code?: number };
  readonly closed?: { readonly code: number; readonly reason: string };
  readonly ended?: 'cut' | 'complete';
  readonly drop?: true;
  readonly pause?: true;
  readonly events?: readonly string[];
  readonly mark?: string;
  readonly since?: string;
  readonly within?: readonly [min: number, max: number];
}

export type HttpVector = Vector<HttpStep>;
