/** Callbacks about the link of this node, for what is kept in the backplane. */
export interface LinkWatcher {
  linked(): void;
  unlinked(): void;
  /** The lease of this node was renewed. */
  renewed?(): void;
  /** The others have taken this node for dead, and do not any more. */
  revived?(): void;
}

/** Everybody who watches the link. */
export class LinkWatchers implements Required<LinkWatcher> {
  readonly #all: LinkWatcher[] = [];

  add(watcher: LinkWatcher): void {
    this.#all.push(watcher);
  }

  linked(): void {
    for (const watcher of this.#all) watcher.linked();
  }
  unlinked(): void {
    for (const watcher of this.#all) watcher.unlinked();
  }
  renewed(): void {
    for (const watcher of this.#all) watcher.renewed?.();
  }
  revived(): void {
    for (const watcher of this.#all) watcher.revived?.();
  }
}
