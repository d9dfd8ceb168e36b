interface KindOfRefusal {
  /** Text of the log line. */
  readonly text: string;
  /** The option that decides, when it is always the same. */
  readonly option?: string;
}

/**
 * All kinds of refusals: of requests, calls and connections that the server refuses, cuts off or ends. The log counts by kind, so
 * the number of kinds must not depend on clients. docs/logging.md explains each.
 */
export const REFUSAL_KINDS = {
  // Requests.
  'malformed-request': { text: 'a request was refused with 400: it is malformed' },
  'foreign-host': {
    text: 'a request was refused with 421: its Host is none of this server; if it is, name it in hosts',
    option: 'hosts',
  },
  'no-such-path': { text: 'a request is for no hub: none has its path' },
  'base-path-missing': {
    text: 'a request is for no hub: it names the path of one without basePath in front',
    option: 'basePath',
  },
  'wrong-http-method': { text: 'a request was refused with 405: its path does not answer to its method' },
  'foreign-origin': {
    text: 'a request was refused with 403: it comes from a page of another origin; if that may connect, name it in origins',
    option: 'origins',
  },
  'authenticate-refused': { text: 'authenticate refused a request', option: 'authenticate' },
  'authenticate-broken': {
    text: 'authenticate refused a request, perhaps by a mistake in its code: it threw an error of JavaScript itself',
    option: 'authenticate',
  },
  'authenticate-late': {
    text: 'a request was refused with 503: authenticate did not return in time',
    option: 'admissionTimeoutMs',
  },
  revoked: { text: 'a request was refused with 401: what it shows was revoked' },
  expired: { text: 'a request was refused with 401: what it shows has expired before authenticate returned' },
  'refresh-refused': { text: 'a refresh of the authentication of a connection was refused' },
  unauthenticated: {
    text: 'a request was refused with 401: its hub is for those whom authenticate knows',
    option: 'authorize',
  },
  forbidden: { text: 'a request was refused with 403: its user lacks the right to this hub', option: 'authorize' },
  'server-closing': { text: 'a request was refused with 503: the server is closing' },
  'negotiate-version': {
    text: 'a negotiation was refused: its version is none that this hub answers',
    option: 'minimumNegotiateVersion',
  },
  'old-http': { text: 'a request was refused with 400: it asks for a WebSocket by HTTP/1.0' },
  'websocket-refused': { text: 'a request was refused with 400: it asks for a WebSocket in a wrong way' },
  'websocket-required': { text: 'a request was refused with 426: its path is for WebSockets only' },
  'subprotocol-unknown': {
    text: 'a request was refused with 400: its WebSocket offers subprotocols, and ours is not among them',
  },
  'connection-id-missing': { text: 'a request was refused with 400: it names no connection' },
  'unknown-connection': {
    text: "a request was refused with 404: the connection that it names is over, somebody else's, or of another process",
  },
  'transport-not-offered': {
    text: 'a request was refused with 404: its hub does not offer this transport',
    option: 'transports',
  },
  'transport-changed': { text: 'a request was refused with 400: its connection has begun with another transport' },
  'transport-taken': { text: 'a request was refused with 409: its connection has a transport already' },
  'too-many-polls': { text: 'a poll was refused with 409: two of its connection wait already' },
  'request-behind-another': {
    text: 'a request was refused with 409: it asks for a transport behind another request on its socket',
  },
  'post-to-websocket': { text: 'a POST was refused with 405: its connection has a WebSocket' },
  'delete-refused': { text: 'a DELETE was refused with 400: only a connection that polls can be ended so' },
  'return-refused': {
    text: 'a client that came back was refused with 404, and its connection ends: it came too often, or not all was kept for it',
  },
  'body-too-long': { text: 'a POST was refused with 413: its body is too long', option: 'maximumFrameBytes' },
  'body-too-slow': { text: 'a POST was refused with 408: its body takes too long' },
  'too-many-posts': { text: 'a POST was refused with 429: too many of its connection wait for their turn' },
  'unread-body': { text: 'a socket was cut: the body of a request that had been answered did not end' },
  'inspector-refused': { text: 'an inspector was refused', option: 'inspect' },
  // Handshakes and connections.
  'handshake-late': { text: 'a connection ends: no handshake came in time', option: 'handshakeTimeoutMs' },
  'handshake-refused': { text: 'a connection ends: its handshake was refused' },
  'connect-refused': { text: 'a connection ends: onConnected refused it with a HubError' },
  'connection-silent': {
    text: 'a connection ends: its client has sent nothing for too long',
    option: 'clientTimeoutMs',
  },
  'connection-slow': { text: 'a connection ends: its client reads too slowly', option: 'slowConsumer' },
  'protocol-broken': { text: 'a connection ends: its client broke the rules of the protocol or of the transport' },
  'message-too-long': { text: 'a connection ends: its client sent a message that is too long' },
  'credential-expired': {
    text: 'a connection ends: what its client has shown is no longer good',
    option: 'closeOnAuthenticationExpiration',
  },
  'credential-revoked': { text: 'a connection ends: what its client has shown was revoked' },
  'connection-over-rate': {
    text: 'a connection ends: its client goes on although it calls or sends too often',
    option: 'rates',
  },
  'not-kept': { text: 'a connection ends whose client could have come back' },
  // Calls and streams.
  'malformed-message': { text: 'a message of a plain client was answered with an error: it means nothing' },
  'no-such-method': { text: 'a call was refused: its hub has no method of this name' },
  'arguments-unfit': { text: 'a call was refused: its arguments do not fit its method' },
  'call-unauthorized': { text: 'a call was refused: its user lacks the right to this method', option: 'authorize' },
  'not-a-stream': { text: 'a call was refused: it asks for a stream, and its method is none; use invoke or send' },
  'not-a-method': { text: 'a call was refused: its method streams; use stream' },
  'wrong-uploads': { text: 'a call was refused: it brings other uploads than its method takes', option: 'upload' },
  'call-over-rate': { text: 'a call was refused: its client calls too often', option: 'rates' },
  'message-over-rate': { text: 'a message was refused: its sender sends too often' },
  'id-in-use': { text: 'a call was refused: another one has the id of its invocation or of an upload' },
  'too-many-streams': {
    text: 'a call was refused: its client has too many streams',
    option: 'maximumParallelStreamsPerClient',
  },
  'call-late': { text: 'a call was answered with an error: its time was over' },
  'method-refused': { text: 'a method refused' },
  'stream-refused': { text: 'a stream refused' },
  'moderation-late': {
    text: 'a message was refused: its moderators did not answer in time',
    option: 'moderationTimeoutMs',
  },
  'item-unfit': { text: 'an item of an upload was refused: it does not fit its schema' },
} as const satisfies Record<string, KindOfRefusal>;

export type RefusalKind = keyof typeof REFUSAL_KINDS;
