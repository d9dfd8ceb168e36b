/**
 * Observer of the addresses of one hub on this node: a group or a user exists as long as there are connections, and so
 * does the hub itself. Methods never throw, and cost no more than a lookup: they are called for each of them.
 */
export interface AddressObserver {
  groupAdded(name: string): void;
  groupRemoved(name: string): void;
  userAdded(id: string): void;
  userRemoved(id: string): void;
  /** The first connection has come. */
  hubAdded(): void;
  /** The last connection has gone. */
  hubRemoved(): void;
}

const nothing = (): void => {};

/** Nobody observes. */
export const NO_OBSERVER: AddressObserver = {
  groupAdded: nothing,
  groupRemoved: nothing,
  userAdded: nothing,
  userRemoved: nothing,
  hubAdded: nothing,
  hubRemoved: nothing,
};
