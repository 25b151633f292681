// Query parameters of routes that take some: every name known, each at most once.

import { SendoffError } from '../errors.ts';
import { shown } from '../job/shown.ts';

export function readQuery<Name extends string>(
  query: string,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const values: Partial<Record<Name, string>> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    if (!(names as readonly string[]).includes(name)) {
      const known = names.length === 0 ? 'no parameters' : `one of ${names.join(', ')}`;
      const detail = `Expected ${known}, got ${shown(name)}`;
      throw new SendoffError('unknown_parameter', detail, { field: printableName(name) });
    }
    if (Object.hasOwn(values, name)) {
      throw new SendoffError('invalid_field', `Expected \`${name}\` once`, { field: name });
    }
    values[name as Name] = value;
  }
  return values;
}

function printableName(name: string): string {
  return shown(name).slice(1, -1);
}
