import type { GroupHistory, KeptMessage, Recovery } from '../../hub/history.ts';
import type { HistoryOptions, HistoryPatterns } from '../../hub/history-options.ts';
import { toGroups } from '../../hub/target.ts';
import { promised } from '../../promises.ts';
import type { Codec } from '../../protocol/codec.ts';
import type { Position } from '../../protocol/position.ts';
import type { Added, Histories } from '../../routing/histories.ts';
import type { RoutedMessage } from '../../routing/routed-message.ts';
import type { ThisNode } from '../../routing/this-node.ts';
import type { LogState } from '../log-store.ts';
import type { MemoryEntry } from '../memory/memory-log.ts';
import type { MemoryLogs } from '../memory/memory-logs.ts';
import { keptMessage, tellingCodec } from './kept-records.ts';
import { recoveryOf, refusalOf, unrecovered } from './recovery.ts';

export interface OnlyHistoriesParts {
  readonly patterns: HistoryPatterns;
  /** The protocols of the hub. */
  readonly codecs: readonly Codec[];
  /** Records in the telling protocol. */
  readonly logs: MemoryLogs<Buffer>;
  readonly thisNode: ThisNode;
}

/** The histories of a hub on a server that is alone. Nothing waits. */
export class OnlyHistories implements Histories {
  readonly areShared = false;
  readonly #parts: OnlyHistoriesParts;
  readonly codecs: readonly Codec[];
  readonly #codec: Codec;

  constructor(parts: OnlyHistoriesParts) {
    this.#parts = parts;
    this.#codec = tellingCodec(parts.codecs);
    this.codecs = [this.#codec];
  }

  has(group: string): boolean {
    return this.#parts.patterns.of(group) !== undefined;
  }

  of(group: string): GroupHistory | undefined {
    const options = this.#parts.patterns.of(group);
    return options && new OnlyHistory(this.#parts.logs, group, stateOf(options), this.#codec);
  }

  append(group: string, { message, target, messageId }: RoutedMessage): Added {
    const { logs, patterns, thisNode } = this.#parts;
    const codec = this.#codec;
    const state = stateOf(patterns.of(group) as HistoryOptions);
    const { position, top } = logs.append(group, message.bytes(codec), messageId, state);
    if (top === undefined) return { position, isDuplicate: true, slices: 0 };
    // The same message may have another position in another group.
    const placed = message.copy();
    placed.place({ group, position });
    const except = target.to === 'groups' ? target.except : [];
    return { position, isDuplicate: false, slices: thisNode.deliver(toGroups([group], except), placed) };
  }
}

class OnlyHistory implements GroupHistory {
  readonly #logs: MemoryLogs<Buffer>;
  readonly #group: string;
  readonly #state: LogState;
  readonly #codec: Codec;

  constructor(logs: MemoryLogs<Buffer>, group: string, state: LogState, codec: Codec) {
    this.#logs = logs;
    this.#group = group;
    this.#state = state;
    this.#codec = codec;
  }

  since(from: Position | { readonly messageId: string }, limit: number): Promise<Recovery> {
    return promised(() => {
      const after = 'messageId' in from ? from : from.offset;
      const page = this.#logs.read(this.#group, { ...this.#state, after, limit, isWhole: true });
      if (page.after === undefined) return unrecovered('unknown', page);
      const position = 'messageId' in from ? { epoch: page.epoch, offset: page.after } : from;
      const reason = refusalOf(position, page, limit);
      if (reason !== undefined) return unrecovered(reason, page);
      return recoveryOf(page.after, page, page.entries, (entry) => this.#kept(entry, page.epoch));
    });
  }

  latest(limit: number, before: Position | undefined): Promise<readonly KeptMessage[]> {
    return promised(() => {
      const page = this.#logs.read(this.#group, { ...this.#state, before: before?.offset, limit });
      if (before !== undefined && before.epoch !== page.epoch) return [];
      return page.entries.reverse().map((entry) => this.#kept(entry, page.epoch));
    });
  }

  remove(messageId: string): Promise<boolean> {
    return promised(() => this.#logs.remove(this.#group, messageId, this.#state) !== undefined);
  }

  #kept({ offset, at: sentAt, messageId, content }: MemoryEntry<Buffer>, epoch: string): KeptMessage {
    return keptMessage({ position: { epoch, offset }, messageId, sentAt }, content, this.#codec);
  }
}

/** Nobody else sees these positions, and nothing is lost. */
function stateOf({ size, ttlMs }: HistoryOptions): LogState {
  return { size, ttlMs, seen: [] };
}
