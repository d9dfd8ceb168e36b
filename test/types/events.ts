import type { HubEvent } from '../../machines/hub.ts';
import type { LifecycleEvent } from '../../src/connection/lifecycle-event.ts';
import { same } from './same.ts';

// A connection reports the events of its machine, which it cannot import.
same<LifecycleEvent, HubEvent>(true);
