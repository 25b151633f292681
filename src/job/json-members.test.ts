import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jsonMembers } from './json-members.ts';

test('each member is found with its source text, as it was written', () => {
  const text = ' { "a" : 1.0 ,"b":{"c":[1, {"d":"}"}]} , "\\u0065\\"":"x\\\\", "n":null }';
  assert.deepEqual(
    [...jsonMembers(text)],
    [
      ['a', '1.0'],
      ['b', '{"c":[1, {"d":"}"}]}'],
      ['e"', '"x\\\\"'],
      ['n', 'null'],
    ],
  );
  assert.deepEqual([...jsonMembers('{}'), ...jsonMembers(' { } ')], []);
});

test('of a repeated member the last one counts, as for the parser', () => {
  assert.deepEqual(
    [...jsonMembers('{"a":1,"b":2,"a":[3]}')],
    [
      ['a', '[3]'],
      ['b', '2'],
    ],
  );
});

test('any object comes apart into what the parser finds in it', () => {
  const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }));
  const spacing = fc.constantFrom(undefined, 1, '\t');
  fc.assert(
    fc.property(object, spacing, (value, space) => {
      const text = JSON.stringify(value, null, space);
      const members = [...jsonMembers(text)].map(([key, source]) => [key, JSON.parse(source)]);
      assert.deepEqual(Object.fromEntries(members), JSON.parse(text));
    }),
  );
});
