/** Roles that signalbox gives to keys, by which hubs know of which kind a credential is. */
export const RESERVED_ROLES = ['admin', 'master-key', 'virtual-key'] as const;

export type ReservedRole = (typeof RESERVED_ROLES)[number];

export function isReservedRole(role: string): role is ReservedRole {
  return (RESERVED_ROLES as readonly string[]).includes(role);
}
