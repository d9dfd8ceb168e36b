/** Whether two types are the same: neither may be wider than the other, and `any` equals only itself. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** A statement about types. It compiles only with `true` for types that are the same. */
export function same<A, B>(_answer: Same<A, B>): void {}

// A statement that is always true would be worthless.
// @ts-expect-error texts are no numbers
same<string, number>(true);
// @ts-expect-error a part is not the whole
same<string, string | number>(true);
// @ts-expect-error something is not just anything
same<string, unknown>(true);
