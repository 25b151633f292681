// The catalogue of hostile inputs: each row and the tests that try it. A row is `here` when a test
// of this folder carries its id, names tests that stand elsewhere, or says what it waits for.

/** `file: test`, as both are written; `${…}` in a name stands for any text. */
type Coverage = 'here' | readonly string[] | { readonly later: string };

const http = (name: string): string => `test/api/hostile-http.test.ts: ${name}`;
const guard = (name: string): string => `test/api/guard.test.ts: ${name}`;
const jobs = (name: string): string => `test/api/jobs.test.ts: ${name}`;
const page = (name: string): string => `test/api/publishable-access.test.ts: ${name}`;
const look = (name: string): string => `test/api/look.test.ts: ${name}`;
const stream = (name: string): string => `src/api/event-writer.test.ts: ${name}`;
const life = (name: string): string => `test/engine/life.test.ts: ${name}`;
const crash = (name: string): string => `test/commands-crash.test.ts: ${name}`;
const json = (name: string): string => `src/job/json.test.ts: ${name}`;
const result = (name: string): string => `src/job/result.test.ts: ${name}`;
const connector = (name: string): string => `src/delivery/connector.test.ts: ${name}`;
const tls = (name: string): string => `src/delivery/tls.test.ts: ${name}`;
const response = (name: string): string => `src/delivery/hostile-response.test.ts: ${name}`;

const strangers = jobs('what is no job in JSON is refused with its code (J01-J08, J14, J16)');
const onlyJson = jobs('only JSON without coding is read as JSON (J09, J11, W03)');
const exactBodies = jobs('bodies arrive as text, as bytes, or as the JSON that was written (J07)');
const pageIds = look('unknown jobs, foreign ids, cursors and limits have their codes (I02-I07)');
// biome-ignore lint/suspicious/noTemplateCurlyInString: the name as it is written
const badResponse = response('${name} is `bad_response`, and the socket is destroyed');

export const catalogue: Readonly<Record<string, Coverage>> = {
  A01: [http('heads that drip are ended while others are served (A01)')],
  A02: 'here',
  A04: [http('a head above 16 KiB is refused (A04)')],
  A05: [http('too many header lines are refused, not dropped (A05)')],
  A06: [http('a request target that is too long is refused (A06)')],
  A07: [http('a Content-Length above the limit is refused before reading (A07)')],
  A09: [http('endless chunk extensions are refused (A09)')],
  A10: [http('what follows a short body is the next request, never part of the job (A10)')],
  A11: [http('a body that is cut stores nothing (A11)')],
  A12: [http('a Content-Length that is no number, or two of them, is refused (A12)')],
  A14: [http('any transfer coding but chunked is refused (A14)')],
  A15: [http('line ends and spaces that others read differently are refused (A15)')],
  A16: [http('a request needs exactly one well-formed Host (A16)')],
  A17: [guard('a Host that is not ours is refused on every route (A17, W04)')],
  A19: [http('methods that are never passed on, and unknown ones, are 405 with Allow (A19)')],
  A20: [http('Expect is answered without reading what is too large or unknown (A20)')],
  A21: [http('pipelined requests are answered in order (A21)')],
  A22: [http('an upgrade is ignored (A22)')],
  A24: 'here',
  A25: { later: 'the server does not speak TLS' },
  A26: [guard('a loopback server without a token refuses what comes through a proxy')],
  A27: [http('paths that could be read as another path lead nowhere (A27)')],

  J01: [strangers],
  J02: [strangers, json('what JSON.parse refuses is invalid_json')],
  J03: [strangers, json('too deep is refused at any size, in payloads too')],
  J04: 'here',
  J06: 'here',
  J07: [exactBodies, strangers],
  J08: 'here',
  J09: [onlyJson],
  J11: [onlyJson],
  J12: [jobs('a payload may be as large as the limit and not larger (J12)')],
  J13: [
    jobs('an array is stored whole or not at all (J13)'),
    'test/api/ndjson.test.ts: each line is answered in order, wrong ones cost the others nothing',
  ],
  J14: [strangers],
  J16: [strangers],

  'U01-08': 'here',
  'U09-11': 'here',
  'U12-13': 'here',
  U19: 'here',
  'U20-23': 'here',
  'U24-27': 'here',
  'U28-30': 'here',
  'U34-37': 'here',
  'U38-41': 'here',
  'U42-46': 'here',
  'U47-52': 'here',
  U57: 'here',
  'U58-61': 'here',
  'U62-64': 'here',
  'U65-68': 'here',
  U71: 'here',
  'U72-75': 'here',
  'U76-82': 'here',
  'U83-86': 'here',
  'U88-90': 'here',
  U91: 'here',
  U92: [connector('a name that has one forbidden address among others is refused')],
  U93: [connector('a name that turns forbidden is refused from the next connection on')],
  U95: [
    connector('a name that does not resolve is `dns_failed`'),
    connector('a name server that is silent is `dns_timeout`; its late answer is ignored'),
  ],
  U96: 'here',
  U97: 'here',
  U98: 'here',

  H02: 'here',
  H03: 'here',
  H04: 'here',
  H05: 'here',
  H07: 'here',
  H08: 'here',
  H09: 'here',
  H10: 'here',

  D01: 'here',
  D02: 'here',
  D03: 'here',
  D04: 'here',
  D06: 'here',
  D07: 'here',
  D08: { later: 'there are no schedules, and so no time zones' },
  D09: { later: 'the clock is not suspected of anything yet' },

  I02: [pageIds],
  I03: 'here',
  I04: [pageIds],
  I05: 'here',
  I07: 'here',

  T01: [
    connector('a connection that does not come about in time is `connect_timeout`'),
    connector('a handshake that never ends is `connect_timeout`'),
    'src/delivery/http.test.ts: nobody listening is `refused`, and nothing was sent',
    tls('a certificate that does not hold is `tls_invalid`, and no byte goes out'),
    tls('a target that speaks no TLS is `tls_invalid`'),
  ],
  T03: [
    response('headers that drip run into the deadline'),
    response('headers beyond the limit end the attempt'),
    response('informational responses are passed over, but not a flood of them'),
  ],
  T04: [
    response('a body without end is cut at the limit, and the socket destroyed'),
    response('a body that drips is the response it began as when the deadline comes'),
    'src/delivery/body.test.ts: 100 MiB out and 100 MiB in leave memory flat',
  ],
  T05: [response('a compressed bomb is kept as it came')],
  T06: [response('a connection cut within the body leaves the response, marked incomplete')],
  T08: [
    response('redirects are not followed and cookies not kept'),
    result('a redirect names its location, cut, escaped and without its query'),
  ],
  T09: [result('each status has its result')],
  T10: [
    'src/job/retry-after.test.ts: what is asked for is held between now and a day ahead',
    'src/job/retry-after.test.ts: junk, negative and several values are as if absent',
    result('several Retry-After lines are as if absent'),
    life('Retry-After holds the whole queue back'),
  ],
  T11: [badResponse, response('a status without a reason is fine')],
  T13: [badResponse],
  T14: [
    badResponse,
    response('a body where none may be is ignored, and the socket not used again'),
  ],
  T15: 'here',
  T16: [response('redirects are not followed and cookies not kept')],
  T18: 'here',
  T19: { later: 'there is a limit per origin, and none per address yet' },
  T20: { later: 'there is no circuit yet' },

  P01: 'here',
  P02: 'here',
  P03: 'here',
  P04: 'here',
  P06: { later: 'Windows is not supported' },
  P07: 'here',
  P08: 'here',
  P09: 'here',
  P11: 'here',
  P12: [crash('nothing of a command survives a kill -9 and a restart (P12)')],
  P13: 'here',
  P14: 'here',
  W02: [look('an answer of megabytes is given back byte for byte, as a download')],
  W03: 'here',
  W04: [guard('a Host that is not ours is refused on every route (A17, W04)')],
  W05: 'here',
  W07: { later: 'there is no dashboard yet' },
  W08: [
    stream('a reader that stops reading costs a bounded queue and gets a reset'),
    stream('a reader that stays silent for many heartbeats is given up'),
  ],
  W09: { later: 'there is no dashboard yet' },
  W10: { later: 'nobody logs in yet' },

  Z01: [guard('a server with a token takes nothing without it (Z01)')],
  Z02: { later: 'a token does not expire, and there is one alone' },
  Z03: { later: 'tokens have no scopes yet' },
  Z05: [
    page('no origin, `null` and every other origin are refused, unreadably (Z05)'),
    page('a wrong key, or none, is refused; the key opens nothing else (Z05)'),
    page('where tickets are needed, one lets in one job (Z05)'),
  ],
  Z06: [guard('wrong tokens in masses are held off, right ones are not (Z06)')],
  Z07: { later: 'there is no dashboard yet' },
};
