import { type Target, toGroups } from '../hub/target.ts';
import type { Codec } from '../protocol/codec.ts';
import type { Position } from '../protocol/position.ts';
import type { Added, Histories } from './histories.ts';
import type { RoutedMessage } from './routed-message.ts';

/** Outcome of a message to groups, some of which keep it. */
export interface KeptSend {
  /** Its position, if it went to one group. */
  readonly position: Position | undefined;
  /** Whether each of the groups had it already, so that nobody gets it. */
  readonly isDuplicate: boolean;
  /** As of `CommitObserver.committed`. */
  readonly slices: number;
  /** The message to those of its groups that keep nothing; undefined: there are none. */
  readonly rest: RoutedMessage | undefined;
}

/** Sends messages to groups that keep them, each into the history of its group. */
export class KeptSends {
  readonly #histories: Histories;

  constructor(histories: Histories) {
    this.#histories = histories;
  }

  /** Whether adding a message waits for a backplane. */
  get areShared(): boolean {
    return this.#histories.areShared;
  }

  /** Whether one of the receivers is a group that keeps its messages. */
  has(target: Target): boolean {
    return target.to === 'groups' && target.groups.some((group) => this.#histories.has(group));
  }

  /** Whether all receivers are groups that keep their messages. */
  hasAll(target: Target): boolean {
    return target.to === 'groups' && target.groups.every((group) => this.#histories.has(group));
  }

  /** The fault of a `messageId`: it can be known again only where messages are kept. */
  faultOf(target: Target): string | undefined {
    if (this.hasAll(target)) return undefined;
    return 'A messageId is for messages to groups that keep them: no pattern of the history of the hub fits.';
  }

  /** The protocols that a message has to be encoded for before. */
  get codecs(): readonly Codec[] {
    return this.#histories.codecs;
  }

  /** Adds a message to the histories of its groups. Rejects as `Histories.append`. */
  send(routed: RoutedMessage): KeptSend | Promise<KeptSend> {
    const { groups, except } = routed.target as Extract<Target, { to: 'groups' }>;
    const kept = groups.filter((group) => this.#histories.has(group));
    const others = groups.filter((group) => !this.#histories.has(group));
    const rest = others.length === 0 ? undefined : { ...routed, target: toGroups(others, except) };
    const added = kept.map((group) => this.#histories.append(group, routed));
    const isSingle = groups.length === 1;
    if (added.every((one) => !(one instanceof Promise))) return outcomeOf(added as Added[], rest, isSingle);
    return Promise.all(added).then((all) => outcomeOf(all, rest, isSingle));
  }
}

function outcomeOf(added: readonly Added[], rest: RoutedMessage | undefined, isSingle: boolean): KeptSend {
  return {
    position: isSingle ? added[0]?.position : undefined,
    isDuplicate: rest === undefined && added.every(({ isDuplicate }) => isDuplicate),
    slices: Math.max(...added.map(({ slices }) => slices)),
    rest,
  };
}
