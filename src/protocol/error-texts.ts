/**
 * The texts that clients see, word for word those of ASP.NET Core SignalR: people match on them. `detail` is what
 * `visibleDetail` let through: empty, or ` Name: message`.
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
  wrongStreamCount: (method: string, sent: number, expected: number) =>
    `An unexpected error occurred invoking '${method}' on the server. HubException: Client sent ${sent} stream(s), Hub method expects ${expected}.`,
  tookTooLong: (method: string, ms: number) =>
    `An unexpected error occurred invoking '${method}' on the server. HubException: It took longer than ${ms} ms.`,
  closedWithError: (detail: string) => `Connection closed with an error.${detail}`,

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
  cannotDelete: 'Cannot terminate this connection using the DELETE endpoint.',
} as const;
