// The body of an answer on stdout. It came from a stranger, so what would act on a terminal is
// escaped, in pipes too, unless the raw bytes were asked for.

import { print, say } from './output.ts';
import { plainText } from './plain-text.ts';

export async function printBody(
  response: globalThis.Response,
  { isRaw }: { readonly isRaw: boolean },
): Promise<void> {
  if (response.body === null) return;
  const decoder = new TextDecoder();
  let isChanged = false;
  let last = '';
  const show = async (text: string): Promise<void> => {
    const plain = plainText(text);
    isChanged ||= plain !== text;
    last = plain.at(-1) ?? last;
    await print(plain);
  };
  for await (const piece of response.body) {
    if (isRaw) await print(piece);
    else await show(decoder.decode(piece, { stream: true }));
  }
  if (isRaw) return;
  await show(decoder.decode());
  if (process.stdout.isTTY && last !== '' && last !== '\n') await print('\n');
  if (isChanged) say('Some characters of the body are shown escaped; --raw gives its bytes.');
}
