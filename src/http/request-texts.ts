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
 * used.
 */
export class RequestTexts {
  readonly #url: string;
  /** The headers as Node gave them, or their JSON. */
  #headers: NodeHeaders | string;
  #seenHeaders: WeakRef<Headers> | undefined;
  #seenQuery: WeakRef<URLSearchParams> | undefined;

  constructor(url: string, headers: NodeHeaders) {
    this.#url = url;
    this.#headers = headers;
  }

  get headers(): Headers {
    let headers = this.#seenHeaders?.deref();
    if (headers === undefined) {
      headers = plainHeaders(typeof this.#headers === 'string' ? JSON.parse(this.#headers) : this.#headers);
      this.#seenHeaders = new WeakRef(headers);
    }
    return headers;
  }

  get query(): URLSearchParams {
    let query = this.#seenQuery?.deref();
    if (query === undefined) {
      query = new URLSearchParams(queryOf(this.#url));
      this.#seenQuery = new WeakRef(query);
    }
    return query;
  }

  /** Keeps nothing but texts from now on. */
  pack(): void {
    if (typeof this.#headers !== 'string') this.#headers = JSON.stringify(this.#headers);
  }
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
  return Object.freeze(withTexts(new RequestTexts(url, headers), { url, remoteAddress }));
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
    const value = source[name];
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return Object.freeze(headers);
}
