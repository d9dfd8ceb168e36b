/** A call of a client of the servers on ws. */
export type WsCall =
  | { readonly op: 'id'; readonly id: number }
  | { readonly op: 'echo'; readonly id: number; readonly data: string }
  | { readonly op: 'broadcast'; readonly data: string }
  | { readonly op: 'whisper'; readonly to: string; readonly data: string }
  | { readonly op: 'join'; readonly id: number; readonly group: string }
  | { readonly op: 'toGroup'; readonly group: string; readonly data: string };

/** The messages of one protocol of the servers on ws. */
export interface Wire {
  read(text: string): WsCall;
  /** First message to a client, if the protocol has one. */
  welcome(connectionId: string): object | undefined;
  message(data: string): object;
  /** @param data Undefined: the call has no result. */
  answer(id: number, data: string | undefined): object;
}

/** JSON with as little as possible around what is sent. */
export const BARE: Wire = {
  read: (text) => JSON.parse(text) as WsCall,
  welcome: (you) => ({ you }),
  message: (data) => ({ m: data }),
  answer: (id, data) => ({ id, data }),
};

/** An envelope of a client. */
interface Called {
  readonly type: string;
  readonly id: number;
  readonly payload?: string | readonly string[];
}

/** The envelopes of signalbox's plain clients (docs/plain.md). */
export const ENVELOPES: Wire = {
  read(text) {
    const { type, id, payload = [] } = JSON.parse(text) as Called;
    const [first = '', data = ''] = typeof payload === 'string' ? [payload] : payload;
    switch (type) {
      case 'Echo':
        return { op: 'echo', id, data: first };
      case 'Broadcast':
        return { op: 'broadcast', data: first };
      case 'Whisper':
        return { op: 'whisper', to: first, data };
      case 'Join':
        return { op: 'join', id, group: first };
      case 'ToGroup':
        return { op: 'toGroup', group: first, data };
      default:
        return { op: 'id', id };
    }
  },
  welcome: () => undefined,
  message: (data) => ({ type: 'm', payload: data, timestamp: new Date().toISOString() }),
  answer: (id, data) => ({ type: 'result', id, payload: data ?? null, timestamp: new Date().toISOString() }),
};
