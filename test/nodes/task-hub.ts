// Tasks that take long: who has subscribed to one hears of its progress, whichever node works on it.
import { z } from 'zod';
import { HubError, method, setupHub } from '../../src/index.ts';

export interface TaskProgress {
  readonly taskId: string;
  readonly percentComplete: number;
}

export interface TaskClient {
  TaskProgress(progress: TaskProgress): void;
}

export function taskHub() {
  return setupHub({ client: {} as TaskClient }).createHub({
    methods: {
      SubscribeToTask: method([z.string()], (hub, taskId) => {
        if (!taskId.startsWith(`${hub.user?.id}-`)) throw new HubError('Access denied to this task');
        return hub.groups.add(hub.connectionId, `task-${taskId}`);
      }),
      UnsubscribeFromTask: method([z.string()], (hub, taskId) => hub.groups.remove(hub.connectionId, `task-${taskId}`)),
    },
  });
}
