const TOO_MUCH = {
  calls: 'Too many calls.',
  bytes: 'Too many bytes.',
  broadcast: 'Too many messages to many.',
  whisper: 'Too many messages to one.',
} as const;

/**
 * Error texts for clients. Where ASP.NET Core SignalR has one, it is the same word for word, since programs compare
 * them. `detail` comes from `visibleDetail`: empty, or ` Name: message`.
 */
export const errorTexts = {
  methodDoesNotExist: (method: string) =>
    `Failed to invoke '${method}' due to an error on the server. HubException: Method does not exist.`,
  cannotBind: (method: string, detail: string) =>
    `Failed to invoke '${method}' due to an error on the server.${detail}`,
  methodFailed: (method: string, detail: string) =>
    `An unexpected error occurred invoking '${method}' on the server.${detail}`,
  unauthorized: (method: string) => `Failed to invoke '${method}' because user is unauthorized`,
  notAStream: (method: string) =>
    `The client attempted to invoke the non-streaming '${method}' method with a streaming invocation.`,
  notAMethod: (method: string) =>
    `The client attempted to invoke the streaming '${method}' method with a non-streaming invocation.`,
  invocationIdInUse: (id: string) => `Invocation ID '${id}' is already in use.`,
  streamIdInUse: (method: string, id: string) =>
    `An unexpected error occurred invoking '${method}' on the server. HubException: Stream ID '${id}' is already in use.`,
  tooManyStreams: (method: string, maximum: number) =>
    `An unexpected error occurred invoking '${method}' on the server. HubException: A client can have at most ${maximum} streams at once (maximumParallelStreamsPerClient).`,
  notIterable: (method: string) => `The value returned by the streaming method '${method}' is not an AsyncIterable.`,
  streamFailed: (detail: string) => `An error occurred on the server while streaming results.${detail}`,
  itemNotBound: (detail: string) => `Failed to bind Stream message.${detail}`,
  wrongStreamCount: (method: string, sent: number, expected: number) =>
    `An unexpected error occurred invoking '${method}' on the server. HubException: Client sent ${sent} stream(s), Hub method expects ${expected}.`,
  tookTooLong: (method: string, ms: number) =>
    `An unexpected error occurred invoking '${method}' on the server. HubException: It took longer than ${ms} ms.`,
  streamTookTooLong: (ms: number) =>
    `An error occurred on the server while streaming results. HubException: It took longer than ${ms} ms.`,
  closedWithError: (detail: string) => `Connection closed with an error.${detail}`,
  uploadsNotOffered: (method: string) =>
    `An unexpected error occurred invoking '${method}' on the server. HubException: It takes streams from its client, which plain clients cannot send.`,
  tooMuch: (kind: 'calls' | 'bytes' | 'broadcast' | 'whisper', retryMs: number) =>
    `${TOO_MUCH[kind]} (retry after ${retryMs} ms)`,
  binaryEnvelope: 'The message is binary. Envelopes are text messages.',
  envelopeOfServer: (type: string) =>
    `An envelope of the type ${type} comes from the server only. To end the connection, close the WebSocket.`,
  envelopeWithoutId: (type: string) =>
    `An envelope of the type ${type} needs the id of a call. No method has this name.`,
  clientError: 'The client has answered with an error.',
  reservedTarget: (method: string) =>
    `'${method}' cannot be a method of clients: in envelopes of plain clients it means something else.`,
  subprotocolUnknown: (known: string) =>
    `The WebSocket offers subprotocols, but not ${known}, which is the only one here. It may also offer none.`,
  upgradeRequired: 'This path is for WebSockets only.',

  moderatorFailed: 'The message could not be checked, and was not sent.',

  connectionClosed: 'The underlying connection was closed.',
  connectionDoesNotExist: (id: string) => `Connection '${id}' does not exist.`,
  connectionDisconnected: (id: string) => `Connection '${id}' disconnected.`,
  invocationCanceled: 'Invocation canceled by the server.',
  clientResultsInOnConnected: 'Client results inside OnConnectedAsync Hub methods are not allowed.',
  wrongConnectionForInvocation: (connectionId: string, invocationId: string) =>
    `Connection ID '${connectionId}' is not valid for invocation ID '${invocationId}'.`,
  tooManyUnknownIds: (count: number) =>
    `The client has named ${count} invocations or streams that it never had, in items, cancellations and completions.`,
  unreadable: (what: string) =>
    `${what} cannot be read: it is broken, no valid Unicode, or too many values (maximumValuesPerMessage).`,
  itemMissing: "Missing required property 'item'.",
  sequenceTooLarge: "Sequence ID greater than amount of messages we've received.",

  handshakeCanceled: 'Handshake was canceled.',
  handshakeFailed: (detail: string) => `An unexpected error occurred during connection handshake.${detail}`,
  protocolNotSupported: (protocol: string) => `The protocol '${protocol}' is not supported.`,
  formatNotSupported: (protocol: string, format: string) =>
    `Cannot use the '${protocol}' protocol on the current transport. The transport does not support '${format}' transfer format.`,
  versionNotSupported: (protocol: string, version: number) =>
    `The server does not support version ${version} of the '${protocol}' protocol.`,

  negotiateVersionNotInteger: 'The client requested a non-integer protocol version.',
  negotiateVersionNotSupported: (version: number) =>
    `The client requested version '${version}', but the server does not support this version.`,

  connectionIdRequired: 'Connection ID required',
  noSuchConnection: 'No Connection with that ID',
  transportNotSupported: (transport: string) => `${transport} transport not supported by this end point type`,
  cannotChangeTransport: 'Cannot change transports mid-connection',
  postToWebSocket: 'POST requests are not allowed for WebSocket connections.',
  foreignOrigin:
    'This server answers no requests of pages from the origin that the request names. Whoever runs it can name that origin in `origins`.',
  foreignHost:
    'This server does not answer for the host that the request names. Whoever runs it can name that host in `hosts`.',
  repeatedHeader: (name: string) => `The header ${name} may stand once.`,
  hostRequired: 'A request needs one Host header, with a host and perhaps a port.',
  hostDisagrees: 'The Host header and the target of the request name different hosts.',
  bodyOfUpgrade: 'A request that asks for a WebSocket cannot have a body.',
  headersTooLong:
    'The headers of the request, its target included, are too long. Whoever runs the server can raise the limit with --max-http-header-size of Node.js.',
  upgradeNeedsNewerHttp: 'A WebSocket needs HTTP/1.1.',
  cannotDelete: 'Cannot terminate this connection using the DELETE endpoint.',
} as const;
