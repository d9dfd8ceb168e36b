import { ask, type HeaderLines, requestText } from './raw-http.ts';

/** The part of a negotiation response that tests use. */
export interface Negotiated {
  readonly connectionId: string;
  readonly connectionToken: string;
}

/** Negotiates by hand. The token becomes the `id` in the query of the upgrade. */
export async function negotiate(
  port: number,
  path: string,
  headers: HeaderLines = {},
  query = '',
  from?: string,
): Promise<Negotiated> {
  const answer = await ask(port, requestText('POST', `${path}/negotiate?negotiateVersion=1&${query}`, headers), from);
  if (answer.status !== 200) throw new Error(`refused with ${answer.status}: ${answer.body}`);
  return JSON.parse(answer.body);
}
