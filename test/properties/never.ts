/** Result of a method that never ends. */
export const NEVER: Promise<void> = new Promise(() => {});
