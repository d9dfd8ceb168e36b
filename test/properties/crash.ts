import type { Participant } from './participant.ts';

/** Actions during which the machine of a hub actor may crash. */
export const CRASHES = [
  'answerHandshake',
  'connectHub',
  'startReading',
  'finishCalls',
  'ping',
  'finalise',
  'finalise, when it is done',
] as const;

/** Makes an action of the machine throw. The actor is lost, and no other connection may be affected. */
export function crash({ peer }: Participant, where: (typeof CRASHES)[number]): void {
  const { connection } = peer;
  const action = where === 'finalise, when it is done' ? 'finalise' : where;
  const restore = () => Reflect.deleteProperty(connection, action);
  Object.assign(connection, {
    [action](...args: Parameters<Participant['peer']['connection']['finalise']>) {
      restore();
      if (action !== where) connection.finalise(...args);
      throw new Error('SECRET: crashed on command');
    },
  });
  // The test triggers these actions. The others throw when they run.
  if (action === 'ping') connection.tell({ type: 'keepAlive.due' });
  else if (action === 'finalise') connection.abort();
  else return;
  restore();
}
