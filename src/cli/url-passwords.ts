/**
 * Whether a URL holds a password, or may hold one: it cannot be read, and has what stands behind a password.
 *
 * @param passwordsOf Reads the passwords of a URL; throws when it is none.
 */
export function mayHoldPassword(url: string, passwordsOf: (url: string) => readonly (string | undefined)[]): boolean {
  try {
    return passwordsOf(url).some((password) => password !== undefined) || hasLatePassword(url);
  } catch {
    return /@|password/i.test(url);
  }
}

/**
 * Whether an @ stands behind the user. What stands behind a slash that was not encoded in a password is no part of it
 * for a URL.
 */
export function hasLatePassword(url: string): boolean {
  return url.replace(/^[a-z-]+:\/\/(?:[^/?#]*@)?/i, '').includes('@');
}
