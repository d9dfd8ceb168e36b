import { z } from 'zod';
import type { RetentionLimit, RetentionOptions } from '../storage/retention/retention-option.ts';

const days = (fallback: number, what: string) =>
  z.number().min(0).default(fallback).describe(`days for which ${what} are kept; 0: any age`);
const count = (what: string) => z.int().min(1).optional().describe(`number of the newest ${what} that are kept`);

/** Settings of what stays in the storage. */
export const RETENTION_SETTINGS = {
  'retention.sessions.days': days(90, 'sessions that have ended'),
  'retention.sessions.count': count('sessions that have ended'),
  'retention.messages.days': days(90, 'messages'),
  'retention.messages.count': count('messages'),
  'retention.audit.days': days(90, 'entries of the audit trail'),
  'retention.audit.count': count('entries of the audit trail'),
  'retention.tasks.days': days(7, 'tasks'),
  'retention.tasks.count': count('tasks'),
} as const;

type Values = z.infer<z.ZodObject<typeof RETENTION_SETTINGS>>;

/** How each is written as text, in a flag or in the environment. */
export const RETENTION_KINDS: Readonly<Record<keyof typeof RETENTION_SETTINGS, 'number'>> = {
  'retention.sessions.days': 'number',
  'retention.sessions.count': 'number',
  'retention.messages.days': 'number',
  'retention.messages.count': 'number',
  'retention.audit.days': 'number',
  'retention.audit.count': 'number',
  'retention.tasks.days': 'number',
  'retention.tasks.count': 'number',
};

/** The option `retention`. */
export function retentionOf(settings: Values): Required<RetentionOptions> {
  const limit = (topic: keyof RetentionOptions): RetentionLimit => {
    const { [`retention.${topic}.days` as const]: most, [`retention.${topic}.count` as const]: number } = settings;
    return { ...(most === 0 ? {} : { days: most }), ...(number === undefined ? {} : { count: number }) };
  };
  return { sessions: limit('sessions'), messages: limit('messages'), audit: limit('audit'), tasks: limit('tasks') };
}
