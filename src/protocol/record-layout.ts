/** Placement of a codec's records in the messages of a transport. Transports make their frames by it. */
export interface RecordLayout {
  readonly transferFormat: 'Text' | 'Binary';
  /**
   * 'many': records show by themselves where they end, so a message of the transport may hold several, or a part of one.
   * 'one': each record is a message, so the protocol needs a transport that has messages.
   */
  readonly recordsPerMessage: 'many' | 'one';
}
