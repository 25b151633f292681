import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SendoffError } from '../errors.ts';
import { limits } from '../limits.ts';
import { parseJobDocument, parseJobDocuments, parseJson } from './json.ts';

const refused =
  (code: string, index?: number) =>
  (error: unknown): boolean =>
    error instanceof SendoffError && error.code === code && error.index === index;

/** JSON text in somebody's own spacing. */
const spaced = fc
  .tuple(fc.json({ maxDepth: 5 }), fc.constantFrom(undefined, 1, '\t', ' \r\n'))
  .map(([text, space]) => JSON.stringify(JSON.parse(text), null, space));

test('whatever JSON.parse reads comes out the same', () => {
  fc.assert(
    fc.property(spaced, (text) => {
      assert.deepEqual(parseJson(text), JSON.parse(text));
      assert.deepEqual(parseJson(Buffer.from(text)), JSON.parse(text));
    }),
  );
});

test('what JSON.parse refuses is invalid_json', () => {
  const junk = [
    '',
    ' ',
    '{',
    '[1,]',
    "{'a':1}",
    '{"a":1} x',
    '// x\n1',
    'NaN',
    '\ufeff{}',
    '{"a":1',
    '"',
  ];
  for (const text of [...junk, '{"json":', '{"json":{', '{"json":"', ']', '}:', ':', '{"json":}']) {
    assert.throws(() => parseJson(text), refused('invalid_json'), text);
    assert.throws(() => parseJobDocuments(text), refused('invalid_json'), text);
  }
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'{}[]:,"\\ja1 ') }), (text) => {
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      if (isJson) assert.deepEqual(parseJson(text), JSON.parse(text));
      else assert.throws(() => parseJobDocuments(text), refused('invalid_json'));
    }),
  );
});

test('a refusal does not quote the text', () => {
  for (const text of ['{"a": secret}', 'secret', '{"token":"secret"']) {
    assert.throws(
      () => parseJson(text),
      (error) => !String(error).includes('secret'),
    );
  }
});

test('bytes that are no UTF-8 are invalid_text', () => {
  for (const bytes of [
    [0x22, 0xff, 0x22],
    [0x22, 0xc0, 0x80, 0x22],
    [0x22, 0xed, 0xa0, 0x80, 0x22],
  ]) {
    assert.throws(() => parseJson(Uint8Array.from(bytes)), refused('invalid_text'));
  }
  assert.throws(() => parseJson(Buffer.from('\ufeff{}')), refused('invalid_json'));
});

test('too deep is refused at any size, in payloads too', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  assert.doesNotThrow(() => parseJson(nested(limits.jsonDepth)));
  for (const depth of [limits.jsonDepth + 1, 100_000]) {
    assert.throws(() => parseJson(nested(depth)), refused('json_too_deep'));
    assert.throws(() => parseJobDocument(`{"json":${nested(depth)}}`), refused('json_too_deep'));
  }
  assert.throws(() => parseJson('['.repeat(100_000)), refused('json_too_deep'));
  assert.throws(() => parseJson('{"a":'.repeat(100_000)), refused('json_too_deep'));
  assert.doesNotThrow(() => parseJson(`"${'['.repeat(1_000)}"`));
});

test('too many keys are refused, but not in payloads', () => {
  const keys = (count: number): string =>
    `{${Array.from({ length: count }, (_, index) => `"k${index}":":"`).join()}}`;
  assert.doesNotThrow(() => parseJson(keys(limits.jsonKeys)));
  assert.throws(() => parseJson(keys(limits.jsonKeys + 1)), refused('too_many_keys'));
  const payload = keys(limits.jsonKeys + 1);
  assert.equal(parseJobDocument(`{"json":${payload}}`).payload, payload);
  assert.throws(() => parseJobDocument(`{"a":${payload}}`), refused('too_many_keys'));
  const many = Array(limits.jobsPerArray).fill(keys(100));
  assert.equal(parseJobDocuments(`[${many.join()}]`).documents.length, limits.jobsPerArray);
});

test('a payload keeps every byte that its caller wrote', () => {
  const payloads = [
    '1e400',
    '-0',
    '9007199254740993',
    '{"a":1, "a":2 }',
    '[ 1.0,\n\t"\\ud800\\"}]" ]',
    '"x\\\\"',
    'null',
    '{"json":{"json":1}}',
    '{"__proto__":1}',
  ];
  for (const payload of payloads) {
    for (const text of [
      `{"url":"u","json":${payload}}`,
      `{ "json" :\n ${payload} , "url" : "u" }`,
      `{"\\u006ason":${payload},"url":"u"}`,
      `{"json":0,"url":"u","json": ${payload}\t}`,
    ]) {
      assert.deepEqual(parseJobDocument(text), { fields: { url: 'u' }, payload }, text);
    }
  }
});

test('a member json of anything but the job itself is no payload', () => {
  const text = '{"url":"json","headers":{"json":"x"},"tags":["json",{"json":1}]}';
  assert.deepEqual(parseJobDocument(text), { fields: JSON.parse(text) });
});

test('an array of jobs keeps each payload with its job', () => {
  const text = '[{"url":"a"},{"json": 1.0 ,"url":"b"},{"x":[1,2,{"json":3}],"json":[1,{"y":","}]}]';
  assert.deepEqual(parseJobDocuments(text), {
    isArray: true,
    documents: [
      { fields: { url: 'a' } },
      { fields: { url: 'b' }, payload: '1.0' },
      { fields: { x: [1, 2, { json: 3 }] }, payload: '[1,{"y":","}]' },
    ],
  });
  assert.equal(parseJobDocuments('{"url":"a"}').isArray, false);
});

test('what is no job is invalid_json_type', () => {
  for (const text of ['null', '[]', ' [ ] ', '"x"', '42', 'true']) {
    assert.throws(() => parseJobDocuments(text), refused('invalid_json_type'), text);
    assert.throws(() => parseJobDocument(text), refused('invalid_json_type'), text);
  }
  assert.throws(() => parseJobDocuments('[{},[]]'), refused('invalid_json_type', 1));
  assert.throws(() => parseJobDocument('[{}]'), refused('invalid_json_type'));
});

test('an array of more jobs than allowed is batch_too_large', () => {
  const array = (count: number): string => `[${Array(count).fill('{"a":[1,2]}').join()}]`;
  assert.equal(parseJobDocuments(array(limits.jobsPerArray)).documents.length, limits.jobsPerArray);
  assert.throws(
    () => parseJobDocuments(array(limits.jobsPerArray + 1)),
    refused('batch_too_large'),
  );
});

test('a member __proto__ is plain data and changes no prototype', () => {
  const { fields } = parseJobDocument('{"__proto__":{"polluted":1},"json":1}');
  assert.deepEqual(Object.keys(fields), ['__proto__']);
  assert.equal(Object.getPrototypeOf(fields), Object.prototype);
  assert.equal('polluted' in {}, false);
});

test('for any payload at any place, the text is found and the rest parsed', () => {
  const member = fc.tuple(fc.string(), spaced).filter(([key]) => key !== 'json');
  const job = fc.record({
    before: fc.array(member, { maxLength: 3 }),
    payload: spaced,
    after: fc.array(member, { maxLength: 3 }),
  });
  const text = (members: readonly (readonly [string, string])[]): string =>
    `{ ${members.map(([key, value]) => `${JSON.stringify(key)}: ${value}`).join(' ,')}}`;
  fc.assert(
    fc.property(fc.array(job, { minLength: 1, maxLength: 4 }), (jobs) => {
      const texts = jobs.map((one) => text([...one.before, ['json', one.payload], ...one.after]));
      const { documents } = parseJobDocuments(`[${texts.join('\n,')}]`);
      const expected = jobs.map((one) => ({
        fields: JSON.parse(text([...one.before, ...one.after])) as unknown,
        payload: one.payload,
      }));
      assert.deepEqual(documents, expected);
      assert.deepEqual(parseJobDocument(texts[0] as string), expected[0]);
    }),
  );
});
