/** A request as plain data: frozen, and kept as texts. */
export interface HttpRequestInfo {
  /** Names in lower case, repeated ones joined with ', '. */
  readonly headers: Readonly<Record<string, string>>;
  /** Taken apart when it is asked for, and let go again: what is changed in it may be lost. */
  readonly query: URLSearchParams;
  /** Path and query. */
  readonly url: string;
  /** The other end of its socket; empty when that is gone already. */
  readonly remoteAddress: string;
}

type Headers = Readonly<Record<string, string>>;

/** Headers as Node gives them. */
export type NodeHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * The texts of a request, for as long as its connection lives: taken apart, query and headers can take twelve times as much
 * memory as the bytes that were sent. So they are kept as texts, taken apart when somebody asks for them, and let go again when
 * nobody looks at them any more.
 */
export class RequestTexts {
  readonly #url: string;
  /** As Node gave them, or JSON of it. */
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

  /** From here on only texts are kept. */
  pack(): void {
    if (typeof this.#headers !== 'string') this.#headers = JSON.stringify(this.#headers);
  }
}

const TEXTS = Symbol('texts');

interface Kept {
  readonly [TEXTS]: RequestTexts;
}

/** Properties like others for everybody who reads, copies or logs a request. */
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

/** A request as plain data: what `authenticate` sees of it. */
export function requestOf(url: string, headers: NodeHeaders, remoteAddress: string): HttpRequestInfo {
  return Object.freeze(withTexts(new RequestTexts(url, headers), { url, remoteAddress }));
}

/** Nothing but texts is kept of it from here on. */
export function packTexts(request: HttpRequestInfo): RequestTexts {
  const texts = (request as HttpRequestInfo & Kept)[TEXTS];
  texts.pack();
  return texts;
}

/** The same request for a connection that begins with it, not frozen yet. */
export function requestToKeep<More extends object>(request: HttpRequestInfo, more: More): HttpRequestInfo & More {
  const { url, remoteAddress } = request;
  return withTexts(packTexts(request), { url, remoteAddress, ...more });
}

/** The query of a URL, with its question mark; empty when there is none. */
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
