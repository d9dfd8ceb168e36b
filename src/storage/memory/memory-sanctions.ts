import type { Clock } from '../../clock.ts';
import { MODERATION_PAGE, type Sanction, type SanctionChange, type SanctionQuery } from '../moderation-store.ts';
import { imposed, lifted, type SanctionState } from '../rows/sanction-states.ts';
import { compareTexts } from './text-order.ts';

type Place = Pick<Sanction, 'kind' | 'user'>;

/** Sanctions in memory. Times are milliseconds since 1970. */
export class MemorySanctions {
  readonly #clock: Pick<Clock, 'wallNow'>;
  /** By their kinds and users, in the order of their changes. */
  readonly #sanctions = new Map<string, SanctionChange>();
  /** Never goes back, whatever the wall clock does. */
  #changedAt = 0;

  constructor(clock: Pick<Clock, 'wallNow'>) {
    this.#clock = clock;
  }

  impose(sanction: Sanction): void {
    this.#change(sanction, (before) => imposed(before, sanction));
  }

  lift(place: Place, at: number): void {
    this.#change(place, (before) => lifted(before, at));
  }

  sanctions(now: number, { kind, user, after, limit = MODERATION_PAGE }: SanctionQuery): readonly Sanction[] {
    return [...this.#sanctions.values()]
      .filter(({ liftedAt, until }) => liftedAt === null && (until === null || until > now))
      .filter((sanction) => kind === undefined || sanction.kind === kind)
      .filter((sanction) => user === undefined || sanction.user === user)
      .filter((sanction) => after === undefined || compare(sanction, after) > 0)
      .sort(compare)
      .slice(0, limit)
      .map(({ liftedAt, changedAt, ...sanction }) => sanction);
  }

  changesSince(changedAt: number): readonly SanctionChange[] {
    return [...this.#sanctions.values()]
      .filter((change) => change.changedAt > changedAt)
      .slice(0, MODERATION_PAGE)
      .map((change) => ({ ...change }));
  }

  /** Deletes those that were over or lifted by this moment. @returns whether all are deleted. */
  expire(before: number, limit: number): boolean {
    const old = [...this.#sanctions]
      .filter(([, { until, liftedAt }]) => isBy(until, before) || isBy(liftedAt, before))
      .slice(0, limit);
    for (const [key] of old) this.#sanctions.delete(key);
    return old.length < limit;
  }

  #change(place: Place, after: (before: SanctionState | undefined) => SanctionState | undefined): void {
    const key = `${place.kind} ${place.user}`;
    const before = this.#sanctions.get(key);
    const state = after(before);
    if (state === undefined) return;
    this.#changedAt = Math.max(this.#clock.wallNow(), this.#changedAt + 1);
    // Behind all others: the order of the map is that of the changes.
    this.#sanctions.delete(key);
    this.#sanctions.set(key, { ...state, changedAt: this.#changedAt });
  }
}

function compare(a: Place, b: Place): number {
  return compareTexts(a.kind, b.kind) || compareTexts(a.user, b.user);
}

function isBy(moment: number | null, before: number): boolean {
  return moment !== null && moment <= before;
}
