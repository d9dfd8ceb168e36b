import type { Member } from './member.ts';

/** What the machine of a hub actor may be doing when it crashes. */
export const CRASHES = [
  'answerHandshake',
  'connectHub',
  'startReading',
  'finishCalls',
  'ping',
  'finalise',
  'finalise, when it is done',
] as const;

/** An action of its machine throws: the actor is lost, and must take nothing with it. */
export function crash({ peer }: Member, where: (typeof CRASHES)[number]): void {
  const { connection } = peer;
  const action = where === 'finalise, when it is done' ? 'finalise' : where;
  const restore = () => Reflect.deleteProperty(connection, action);
  Object.assign(connection, {
    [action](...args: Parameters<Member['peer']['connection']['finalise']>) {
      restore();
      if (action !== where) connection.finalise(...args);
      throw new Error('SECRET: crashed on command');
    },
  });
  // These can be brought about; the others throw when it comes to them.
  if (action === 'ping') connection.tell({ type: 'keepAlive.due' });
  else if (action === 'finalise') connection.abort();
  else return;
  restore();
}
