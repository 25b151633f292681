// A mistyped SENDOFF_ variable would be ignored in silence, so every unknown one is named.

const known: ReadonlySet<string> = new Set([
  ...['SENDOFF_URL', 'SENDOFF_TOKEN', 'SENDOFF_TOKEN_FILE', 'SENDOFF_LISTEN', 'SENDOFF_STORE'],
  ...['SENDOFF_HOST', 'SENDOFF_SOCKET_MODE', 'SENDOFF_SOCKET_GROUP', 'SENDOFF_MAX_BODY'],
  ...['SENDOFF_SPOOL', 'SENDOFF_SOCKET', 'SENDOFF_TIMEOUT'],
  ...['SENDOFF_EGRESS_PRIVATE', 'SENDOFF_EGRESS_ALLOW', 'SENDOFF_LOG_LEVEL', 'SENDOFF_DRAIN'],
  ...['SENDOFF_CONFIG', 'SENDOFF_LISTEN_PUBLIC', 'SENDOFF_TEST_ALL', 'SENDOFF_COMMIT_QUEUE'],
]);

export function unknownVariables(environment: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(environment).filter((name) => name.startsWith('SENDOFF_') && !known.has(name));
}
