// Numbers that look like chance and are none: the same seed gives the same ones. (xorshift, G.
// Marsaglia, 2003.)

export function fillNoise(piece: Uint32Array, seed: number): void {
  let state = seed | 1;
  for (let at = 0; at < piece.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    piece[at] = state;
  }
}
