// The kit for tests of hubs and of adapters. It is not published yet.

// Clients and transports in memory
export { type ClientProtocol, JSON_PROTOCOL, type ReadRecord, type SentRecord } from './client-protocol.ts';
export { MemoryClient, type ServerSide } from './memory-client.ts';
export { MemoryEventStream, type RecordedEventStream } from './memory-event-stream.ts';
export { MemoryPoller, type RecordedLongPolling } from './memory-long-poll.ts';
export { MemoryTransport, type MemoryTransportOptions } from './memory-transport.ts';
export type { Recorded } from './recorded.ts';
// Time
export { SimulatedClock } from './simulated-clock.ts';

// Contracts of ports
export { storageContract } from './storage-contract.ts';
export type { Assertion, Expect, TestFramework } from './test-framework.ts';
export { transportContract } from './transport-contract.ts';
export type { FarEnd, OpenedTransport, TransportKind } from './transport-kind.ts';
