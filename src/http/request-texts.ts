/** A request as plain data: frozen, and kept as texts. */
export interface HttpRequestInfo {
  /** Names in lower case, repeated ones joined with ', '. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed on demand and not kept: a change of it may be lost. */
  readonly query: URLSearchParams;
  /** Path and query. */
  readonly url: string;
  /**
   * Address of the other end of the socket: IPv4 as such, also when a dual-stack socket has it in IPv6. Empty when the
   * socket is closed already.
   */
  readonly remoteAddress: string;
}

type Headers = Readonly<Record<string, string>>;

/** Headers as Node gives them. */
export type NodeHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Texts of a request, for as long as its connection lives. Parsed, query and headers can take twelve times as much
 * memory as the bytes that were sent. So they are kept as texts, parsed on demand, and released when they are no longer
 * used: from `loosen` or `pack` on. Before that they are held, since a weak reference costs more than they do.
 */
export class RequestTexts {
  /** Until something waits for it: the request that these are the texts of, as `authenticate` sees it. */
  #owner: object | undefined;
  readonly #url: string;
  /** The headers as Node gave them, or their JSON. */
  #headers: NodeHeaders | string;
  #seenHeaders: Headers | WeakRef<Headers> | undefined;
  #seenQuery: URLSearchParams | WeakRef<URLSearchParams> | undefined;

  constructor(url: string, headers: NodeHeaders) {
    this.#url = url;
    this.#headers = headers;
  }

  get headers(): Headers {
    let headers = seen(this.#seenHeaders);
    if (headers === undefined) {
      headers = plainHeaders(typeof this.#headers === 'string' ? JSON.parse(this.#headers) : this.#headers);
      this.#seenHeaders = this.#kept(headers);
    }
    return headers;
  }

  get query(): URLSearchParams {
    let query = seen(this.#seenQuery);
    if (query === undefined) {
      query = new URLSearchParams(queryOf(this.#url));
      this.#seenQuery = this.#kept(query);
    }
    return query;
  }

  /** One header, without a copy of all of them if there is none yet. */
  header(name: string): string | undefined {
    const source = this.#headers;
    if (typeof source === 'string' || this.#seenHeaders !== undefined) return this.headers[name];
    return Object.hasOwn(source, name) ? textOf(source[name]) : undefined;
  }

  ownedBy(owner: object): void {
    this.#owner = owner;
  }

  /** Whether an object is the request itself: a copy, a proxy or an heir of it may have other headers. */
  isOwnedBy(object: object): boolean {
    return this.#owner === object;
  }

  /** Holds nothing parsed from now on: it is there as long as others use it. */
  loosen(): void {
    this.#owner = undefined;
    this.#seenHeaders = undefined;
    this.#seenQuery = undefined;
  }

  /** Keeps nothing but texts from now on. */
  pack(): void {
    this.loosen();
    if (typeof this.#headers !== 'string') this.#headers = JSON.stringify(this.#headers);
  }

  #kept<T extends object>(parsed: T): T | WeakRef<T> {
    return this.#owner === undefined ? new WeakRef(parsed) : parsed;
  }
}

function seen<T extends object>(parsed: T | WeakRef<T> | undefined): T | undefined {
  return parsed instanceof WeakRef ? parsed.deref() : parsed;
}

const TEXTS = Symbol('texts');

interface Kept {
  readonly [TEXTS]: RequestTexts;
}

/** Enumerable, so that code which copies or logs a request sees them like other properties. */
const HEADERS = {
  enumerable: true,
  get(this: Kept) {
    return this[TEXTS].headers;
  },
};
const QUERY = {
  enumerable: true,
  get(this: Kept) {
    return this[TEXTS].query;
  },
};

/** Makes the plain data of a request. */
export function requestOf(url: string, headers: NodeHeaders, remoteAddress: string): HttpRequestInfo {
  const texts = new RequestTexts(url, headers);
  const request = Object.freeze(withTexts(texts, { url, remoteAddress }));
  texts.ownedBy(request);
  return request;
}

/** One header of a request: cheaper than `headers`, which are a copy of all. */
export function headerOf(request: HttpRequestInfo, name: string): string | undefined {
  const texts = (request as HttpRequestInfo & Partial<Kept>)[TEXTS];
  return texts?.isOwnedBy(request) === true ? texts.header(name) : request.headers[name];
}

/** All values of a query key: cheaper than `query` when its name is not in the URL, since nothing is parsed then. */
export function queryValuesIn(request: HttpRequestInfo, key: string): readonly string[] {
  const texts = (request as HttpRequestInfo & Partial<Kept>)[TEXTS];
  const { url } = request;
  if (texts?.isOwnedBy(request) === true && !url.includes(key) && !url.includes('%')) return [];
  return request.query.getAll(key);
}

/** Holds nothing that was parsed of a request from now on: something waits with it. */
export function loosenTexts(request: HttpRequestInfo): void {
  (request as HttpRequestInfo & Kept)[TEXTS].loosen();
}

/** Keeps nothing but texts of a request from now on. */
export function packTexts(request: HttpRequestInfo): RequestTexts {
  const texts = (request as HttpRequestInfo & Kept)[TEXTS];
  texts.pack();
  return texts;
}

/** The same request for the connection that it opens, with more fields and not frozen yet. */
export function requestToKeep<More extends object>(request: HttpRequestInfo, more: More): HttpRequestInfo & More {
  const { url, remoteAddress } = request;
  return withTexts(packTexts(request), { url, remoteAddress, ...more });
}

/** Query of a URL with its question mark; empty when there is none. */
export function queryOf(url: string): string {
  const at = url.indexOf('?');
  return at === -1 ? '' : url.slice(at);
}

function withTexts<Rest extends object>(
  texts: RequestTexts,
  rest: Rest,
): Rest & Pick<HttpRequestInfo, 'headers' | 'query'> {
  // One by one: `defineProperties` takes three times as long.
  const request = Object.defineProperty({}, TEXTS, { value: texts });
  Object.defineProperty(request, 'headers', HEADERS);
  Object.defineProperty(request, 'query', QUERY);
  return Object.assign(request, rest) as Rest & HttpRequestInfo;
}

function plainHeaders(source: NodeHeaders): Headers {
  const headers: Record<string, string> = Object.create(null);
  for (const name in source) {
    const text = textOf(source[name]);
    if (text !== undefined) headers[name] = text;
  }
  return Object.freeze(headers);
}

function textOf(value: NodeHeaders[string]): string | undefined {
  return typeof value === 'object' ? value.join(', ') : value;
}
