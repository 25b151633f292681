// What an attempt without an answer of the target's can say of itself: stable codes, and classes of
// them that a retry rule may name. A code may be in two classes: a connection that could not be
// made in time is both a matter of the connection and of time.

/** Beside these an attempt that was answered has `status` or `redirect`. See `docs/results.md`. */
export const ATTEMPT_ERRORS = [
  'refused',
  'reset',
  'closed',
  'unreachable',
  'dns_failed',
  'dns_timeout',
  'tls_invalid',
  'connect_timeout',
  'first_byte_timeout',
  'idle_timeout',
  'timeout',
  'bad_response',
  'response_headers_too_large',
  'response_too_large',
  'address_not_allowed',
  'self_target',
  'body_lost',
  'invalid_request',
  'dress_unknown',
  'aborted',
  'exit_code',
  'signal',
  'command_not_found',
  'command_not_executable',
  'command_busy',
  'command_not_started',
  'command_not_allowed',
  'folder_missing',
  'too_many_files',
  'too_many_processes',
  'no_memory',
  'arguments_too_large',
  'internal',
] as const;

export type AttemptErrorCode = (typeof ATTEMPT_ERRORS)[number];

/** Where a class has the name of a code, the class is meant. */
export type AttemptErrorClass =
  | 'connection'
  | 'dns'
  | 'tls'
  | 'timeout'
  | 'protocol'
  | 'policy'
  | 'start';

export const ERROR_CLASSES: Readonly<Record<AttemptErrorClass, readonly AttemptErrorCode[]>> = {
  connection: ['refused', 'reset', 'closed', 'unreachable', 'connect_timeout'],
  dns: ['dns_failed', 'dns_timeout'],
  tls: ['tls_invalid'],
  timeout: ['dns_timeout', 'connect_timeout', 'first_byte_timeout', 'idle_timeout', 'timeout'],
  protocol: ['bad_response', 'response_headers_too_large'],
  policy: ['address_not_allowed', 'self_target', 'command_not_allowed'],
  start: [
    'command_not_found',
    'command_not_executable',
    'command_busy',
    'command_not_started',
    'folder_missing',
    'too_many_files',
    'too_many_processes',
    'no_memory',
    'arguments_too_large',
  ],
};

const classes: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(ERROR_CLASSES));
const codes: ReadonlySet<string> = new Set(ATTEMPT_ERRORS);

/** Every name that a rule may give, classes first. */
export const ERROR_NAMES: ReadonlySet<string> = new Set([...classes.keys(), ...codes]);

/** Is this code meant by a name, which is a code or a class? */
export function isErrorNamed(name: string, code: string): boolean {
  return classes.get(name)?.includes(code) ?? name === code;
}
