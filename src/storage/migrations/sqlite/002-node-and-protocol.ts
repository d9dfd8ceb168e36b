/** Node and protocol of each session. NULL: the row was written by a server of schema 1, which may still run. */
export const NODE_AND_PROTOCOL = `
  ALTER TABLE sessions ADD COLUMN node_id  TEXT;
  ALTER TABLE sessions ADD COLUMN protocol TEXT;
`;
