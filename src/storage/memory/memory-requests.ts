import type { KeptRequest, NewRequest } from '../membership-store.ts';

/** Requests that are done once, in memory. Times are milliseconds since 1970. */
export class MemoryRequests {
  readonly #requests = new Map<string, KeptRequest>();

  claim({ id, by, fingerprint, until }: NewRequest, now: number): KeptRequest {
    const before = this.#requests.get(id);
    const kept = before !== undefined && before.until > now ? before : { id, by, fingerprint, until, answer: null };
    this.#requests.set(id, kept);
    return { ...kept };
  }

  answered(id: string, by: string, answer: string, until: number): void {
    const kept = this.#requests.get(id);
    if (kept?.by === by) this.#requests.set(id, { ...kept, answer, until });
  }

  release(id: string, by: string): void {
    const kept = this.#requests.get(id);
    if (kept?.by === by && kept.answer === null) this.#requests.delete(id);
  }

  /** @returns whether all are deleted that are over. */
  expire(now: number, limit: number): boolean {
    const over = [...this.#requests.values()].filter(({ until }) => until <= now);
    const oldest = over.sort((a, b) => a.until - b.until).slice(0, limit);
    for (const { id } of oldest) this.#requests.delete(id);
    return oldest.length < limit;
  }
}
