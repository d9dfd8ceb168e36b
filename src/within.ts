import type { Alarms } from './clock.ts';

/** Resolves with whether the promise resolved within `ms`. Rejects when it rejects within `ms`. */
export async function within(promise: Promise<unknown>, ms: number, alarms: Alarms): Promise<boolean> {
  let ring: (isInTime: boolean) => void = () => {};
  const late = new Promise<boolean>((resolve) => {
    ring = resolve;
  });
  const alarm = alarms.alarm(() => ring(false));
  alarm.set(Math.max(0, ms));
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    alarm.clear();
  }
}

/** Resolves after `ms`. */
export function pause(ms: number, alarms: Alarms): Promise<void> {
  return new Promise((resolve) => alarms.punctual(resolve).set(ms));
}
