/** Sessions that have ended, in the order of their ends: the oldest of them are deleted. */
export const SESSION_ENDS = `
  CREATE INDEX sessions_by_end ON sessions (disconnected_at, id) WHERE disconnected_at IS NOT NULL;
`;
