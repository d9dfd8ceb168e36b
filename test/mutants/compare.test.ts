import { describe, expect, test } from 'vitest';
import { compare } from './compare.ts';

const failed = (name: string) => ({ test: name, failed: true });
const passed = (name: string) => ({ test: name, failed: false });

describe('a mutant is killed when at least the named tests fail', () => {
  test('the named tests, and no others', () => {
    expect(compare(['a', 'b'], [failed('a'), failed('b'), passed('c')])).toEqual([]);
  });

  test('other tests of the same files, too', () => {
    expect(compare(['a'], [failed('a'), failed('c')])).toEqual([]);
  });

  test('one of two tests with the same name', () => {
    expect(compare(['a'], [passed('a'), failed('a')])).toEqual([]);
  });
});

describe('a mutant survives', () => {
  test('when a named test passes', () => {
    expect(compare(['a', 'b'], [failed('a'), passed('b'), failed('c')])).toEqual(['did not fail: b']);
  });

  test('when no test fails', () => {
    expect(compare(['a'], [passed('a'), passed('b')])).toEqual(['did not fail: a']);
  });

  test('when a named test did not run, as after a crash', () => {
    expect(compare(['a'], [])).toEqual(['there is no test a']);
    expect(compare(['a'], [failed('b')])).toEqual(['there is no test a']);
  });

  test('when it names no test', () => {
    expect(compare([], [failed('a')])).toEqual(['it names no test']);
  });
});
