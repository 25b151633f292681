// A path that means the same to everybody who reads it. Routes are matched on the path as decoded
// once, and what decoding could turn into another path (dot segments, slashes, NUL, parameters)
// names nothing here.

const plain = /^(?:\/(?!\.{1,2}(?:\/|$))[\w.~:@-]+)+$/;

export function isPlainPath(path: string): boolean {
  return path === '/' || plain.test(path);
}
