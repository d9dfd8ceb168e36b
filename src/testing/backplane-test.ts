import { type Backplane, BackplaneError } from '../backplane/backplane.ts';
import { BackplaneObserver } from './backplane-observer.ts';
import type { TestFramework } from './test-framework.ts';

/** A place in which backplanes meet, and which nobody has used. */
export interface BackplanePlace {
  /** Makes a backplane of another node. */
  make(): Backplane;
  /** Lets a few milliseconds pass, by the clock of the backplane. */
  tick(): Promise<void>;
}

/** A backplane of a node that is open, and what has come from it. */
export interface OpenNode {
  readonly backplane: Backplane;
  readonly observer: BackplaneObserver;
}

export interface OpenPlace extends Pick<BackplanePlace, 'tick'> {
  /** A backplane that is not open. It is closed at the end of the test. */
  make(): Backplane;
  /** Opens a backplane. */
  node(): Promise<OpenNode>;
}

/** Declares a test of backplanes. They are closed at its end. */
export type BackplaneTest = (name: string, run: (place: OpenPlace) => Promise<void>) => void;

export function backplaneTest({ test }: TestFramework, placeOf: () => BackplanePlace): BackplaneTest {
  return (name, run) => {
    test(name, async () => {
      const place = placeOf();
      const made: Backplane[] = [];
      const make = (): Backplane => {
        const backplane = place.make();
        made.push(backplane);
        return backplane;
      };
      const node = async (): Promise<OpenNode> => {
        const [backplane, observer] = [make(), new BackplaneObserver()];
        backplane.open(observer);
        await observer.until('opened', 1);
        return { backplane, observer };
      };
      try {
        await run({ make, node, tick: () => place.tick() });
      } finally {
        await Promise.all(made.map((backplane) => backplane.close()));
      }
    });
  };
}

/** A text as the bytes of a message. */
export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Resolves with the problem of a BackplaneError; with the error's text for another one; with 'none' for a success. */
export function backplaneProblemOf(asked: Promise<unknown>): Promise<string> {
  return asked.then(
    () => 'none',
    (error: unknown) => (error instanceof BackplaneError ? error.problem : String(error)),
  );
}
