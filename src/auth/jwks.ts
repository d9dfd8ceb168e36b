import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTHeaderParameters } from 'jose';
import { type Clock, systemClock } from '../clock.ts';
import { textOf, UnauthorizedError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Claims } from './compact-token.ts';
import { KeySetError, type KeySetSource } from './key-set-sources.ts';
import type { KeySource, VerificationKey } from './key-source.ts';

type Keys = ReturnType<typeof createLocalJWKSet>;

/** Milliseconds between two loads because of unknown keys, and between two attempts after one that failed. */
export const COOLDOWN_MS = 30_000;
/** The same while there are no keys at all: nobody can come in then. */
const COOLDOWN_WITHOUT_KEYS_MS = 1_000;
/** Keys that are older are loaded again: the provider may have withdrawn one. */
export const MAXIMUM_AGE_MS = 600_000;
/** Milliseconds that loading may take. */
export const LOADING_MS = 5_000;

/**
 * A JSON Web Key Set (RFC 7517, section 5) that is loaded when it is needed, and kept. All requests that need it share
 * one load. When loading fails, the keys from before are used, and nobody waits for further attempts.
 */
export class Jwks implements KeySource {
  readonly algorithms: readonly string[];
  readonly #source: KeySetSource;
  #clock: Clock = systemClock;
  #log: Log | undefined;
  #keys: Keys | undefined;
  /** Resolves when the load that runs has ended, with success or not. */
  #loading: Promise<void> | undefined;
  #abort: (() => void) | undefined;
  #loadedAt = -Infinity;
  #triedAt = -Infinity;
  /** Moment of the latest load because of an unknown key. */
  #lookedAt = -Infinity;
  #isFailing = false;

  /** @param text The key set, if it is there already. @throws {KeySetError} when that is none. */
  constructor(source: KeySetSource, algorithms: readonly string[], text?: string) {
    this.#source = source;
    this.algorithms = algorithms;
    if (text === undefined) return;
    this.#keys = keysOf(text);
    this.#loadedAt = this.#clock.now();
  }

  attach(clock: Clock, log: Log): () => void {
    this.#clock = clock;
    this.#log = log;
    // The moments so far were those of another clock.
    if (this.#keys !== undefined) this.#loadedAt = clock.now();
    return () => {
      this.#log = undefined;
      this.#abort?.();
    };
  }

  async find(header: Claims): Promise<VerificationKey> {
    const isFresh = await this.#haveKeys();
    const found = await this.#lookUp(header);
    if (found !== undefined) return found;
    if (!isFresh && this.#mayLook()) {
      await this.#load();
      const later = await this.#lookUp(header);
      if (later !== undefined) return later;
    }
    throw new UnauthorizedError('The key of the token is unknown (kid, alg).');
  }

  /** Resolves with whether the keys were loaded for this call. @throws {UnauthorizedError} when there are none. */
  async #haveKeys(): Promise<boolean> {
    if (this.#clock.now() - this.#loadedAt < MAXIMUM_AGE_MS) return false;
    const cooldown = this.#keys === undefined ? COOLDOWN_WITHOUT_KEYS_MS : COOLDOWN_MS;
    const isTried = this.#loading !== undefined || this.#clock.now() - this.#triedAt >= cooldown;
    const loaded = isTried ? this.#load() : undefined;
    if (this.#keys === undefined || !this.#isFailing) await loaded;
    if (this.#keys === undefined) throw new UnauthorizedError('The keys of the issuer of the token cannot be had.');
    return isTried;
  }

  /** Whether keys may be loaded because of an unknown one. */
  #mayLook(): boolean {
    if (this.#loading !== undefined) return true;
    if (this.#clock.now() - this.#lookedAt < COOLDOWN_MS) return false;
    this.#lookedAt = this.#clock.now();
    return true;
  }

  async #lookUp(header: Claims): Promise<VerificationKey | undefined> {
    try {
      return await this.#keys?.(header as JWTHeaderParameters);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return undefined;
      if (error instanceof errors.JWKSMultipleMatchingKeys)
        throw new UnauthorizedError('The token names no key (kid), and several fit.');
      throw new UnauthorizedError('The key of the token cannot be used.', { cause: error });
    }
  }

  /** Loads the keys, unless they are being loaded. Never rejects. */
  #load(): Promise<void> {
    this.#loading ??= this.#loadOnce().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #loadOnce(): Promise<void> {
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    const timer = this.#clock.setTimeout(abort, LOADING_MS);
    this.#abort = abort;
    this.#triedAt = this.#clock.now();
    try {
      this.#keys = keysOf(await this.#source.load(controller.signal));
      this.#loadedAt = this.#clock.now();
      this.#succeeded();
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#clock.clearTimeout(timer);
      this.#abort = undefined;
    }
  }

  #succeeded(): void {
    if (this.#isFailing) this.#log?.info({ from: this.#source.from }, 'the keys of an issuer can be loaded again');
    this.#isFailing = false;
  }

  /** Says it once, until the keys can be loaded again. */
  #failed(error: unknown): void {
    const about = { from: this.#source.from, reason: textOf(error) };
    if (!this.#isFailing) {
      if (this.#keys === undefined)
        this.#log?.warn(about, 'the keys of an issuer cannot be loaded: its tokens are refused');
      else this.#log?.warn(about, 'the keys of an issuer cannot be loaded: those from before are used');
    }
    this.#isFailing = true;
  }
}

/** @throws {KeySetError} when a text is no key set. */
function keysOf(text: string): Keys {
  try {
    return createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
  } catch (cause) {
    // The error of JSON.parse quotes its input.
    throw new KeySetError('it is no JSON Web Key Set', { cause });
  }
}
