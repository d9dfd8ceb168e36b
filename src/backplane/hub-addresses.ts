import { type Target, toGroups, toUsers } from '../hub/target.ts';
import type { AddressObserver } from '../routing/address-observer.ts';
import { allChannel, groupChannel, userChannel } from './wire/channels.ts';

/** The receivers that a channel stands for. */
export interface Address {
  /** Key of the hub. */
  readonly hub: string;
  /** undefined: it is no group. */
  readonly group: string | undefined;
  target(except: readonly string[]): Target;
}

/** Channels of this node, by name. */
export interface Channels {
  add(channel: string, address: Address): void;
  remove(channel: string): void;
}

/** Groups that keep their messages: their members get these from logs. */
export interface KeptGroups extends Pick<AddressObserver, 'groupAdded' | 'groupRemoved'> {
  has(group: string): boolean;
}

/** Subscribes to the channels of the addresses that one hub has on this node. */
export class HubAddresses implements AddressObserver {
  readonly #hub: string;
  readonly #channels: Channels;
  /** Given once the hub has been built. undefined: there are none. */
  keptGroups: KeptGroups | undefined;

  constructor(hub: string, channels: Channels) {
    this.#hub = hub;
    this.#channels = channels;
  }

  groupAdded(name: string): void {
    if (this.keptGroups?.has(name) === true) {
      this.keptGroups.groupAdded(name);
      return;
    }
    const target = (except: readonly string[]): Target => toGroups([name], except);
    this.#channels.add(groupChannel(this.#hub, name), { hub: this.#hub, group: name, target });
  }
  groupRemoved(name: string): void {
    if (this.keptGroups?.has(name) === true) this.keptGroups.groupRemoved(name);
    else this.#channels.remove(groupChannel(this.#hub, name));
  }
  userAdded(id: string): void {
    const target = toUsers([id]);
    this.#channels.add(userChannel(this.#hub, id), { hub: this.#hub, group: undefined, target: () => target });
  }
  userRemoved(id: string): void {
    this.#channels.remove(userChannel(this.#hub, id));
  }
  hubAdded(): void {
    const target = (except: readonly string[]): Target => ({ to: 'all', except });
    this.#channels.add(allChannel(this.#hub), { hub: this.#hub, group: undefined, target });
  }
  hubRemoved(): void {
    this.#channels.remove(allChannel(this.#hub));
  }
}
