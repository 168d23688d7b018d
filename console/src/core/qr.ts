// QR codes (ISO/IEC 18004): bytes, error correction M, versions 1 to 15: up to 412 bytes.

/** By version: error correction bytes of a block; blocks and their data bytes, twice. */
const BLOCKS = [
  [10, 1, 16, 0, 0], [16, 1, 28, 0, 0], [26, 1, 44, 0, 0], [18, 2, 32, 0, 0], [24, 2, 43, 0, 0], [16, 4, 27, 0, 0], [18, 4, 31, 0, 0],
  [22, 2, 38, 2, 39], [22, 3, 36, 2, 37], [26, 4, 43, 1, 44], [30, 1, 50, 4, 51], [22, 6, 36, 2, 37], [22, 8, 37, 1, 38], [24, 4, 40, 5, 41], [24, 5, 41, 5, 42],
] as const;
const ALIGNED = [
  [], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50], [6, 30, 54], [6, 32, 58], [6, 34, 62], [6, 26, 46, 66], [6, 26, 48, 70],
] as const;

/** Product in GF(2^8) modulo x^8 + x^4 + x^3 + x^2 + 1. */
function times(a: number, b: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ (product >> 7 ? 0x11d : 0);
    product ^= (b >> bit) & 1 ? a : 0;
  }
  return product;
}

const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);

function correction(data: readonly number[], count: number): number[] {
  const divisor = zeros(count);
  divisor[count - 1] = 1;
  for (let i = 0, root = 1; i < count; i++, root = times(root, 2)) {
    for (let j = 0; j < count; j++) divisor[j] = times(divisor[j]!, root) ^ (divisor[j + 1] ?? 0);
  }
  const rest = zeros(count);
  for (const byte of data) {
    const factor = byte ^ rest.shift()!;
    rest.push(0);
    divisor.forEach((d, i) => { rest[i]! ^= times(d, factor); });
  }
  return rest;
}

/** Mode, length, the bytes and padding; then blocks in turns with their correction. */
function codewords(bytes: Uint8Array, version: number): number[] {
  const [each, n1, d1, n2, d2] = BLOCKS[version - 1]!;
  const room = n1 * d1 + n2 * d2;
  const bits: number[] = [];
  const put = (value: number, count: number): void => { for (let i = count - 1; i >= 0; i--) bits.push((value >> i) & 1); };
  put(4, 4);
  put(bytes.length, version < 10 ? 8 : 16);
  bytes.forEach((b) => put(b, 8));
  put(0, Math.min(4, room * 8 - bits.length));
  put(0, (8 - (bits.length % 8)) % 8);
  for (let pad = 0xec; bits.length < room * 8; pad ^= 0xec ^ 0x11) put(pad, 8);
  const data = Array.from({ length: room }, (_, i) => bits.slice(i * 8, i * 8 + 8).reduce((v, b) => v * 2 + b, 0));
  const blocks: number[][] = [];
  for (let i = 0, at = 0; i < n1 + n2; i++) {
    const length = i < n1 ? d1 : d2;
    blocks.push(data.slice(at, at + length));
    at += length;
  }
  const checks = blocks.map((b) => correction(b, each));
  const turns = (all: number[][]): number[] => Array.from({ length: Math.max(...all.map((b) => b.length)) }, (_, i) => all.map((b) => b[i])).flat().filter((b): b is number => b !== undefined);
  return [...turns(blocks), ...turns(checks)];
}

/** Remainder of value * x^degree, appended to value. */
function coded(value: number, generator: number, degree: number): number {
  let rest = value;
  for (let i = 0; i < degree; i++) rest = (rest << 1) ^ ((rest >> (degree - 1)) * generator);
  return (value << degree) | rest;
}

type Grid = boolean[][];
const grid = (size: number): Grid => Array.from({ length: size }, () => Array.from({ length: size }, () => false));

class Drawing {
  readonly size: number;
  readonly dark: Grid;
  readonly fixed: Grid;
  constructor(readonly version: number) {
    this.size = version * 4 + 17;
    this.dark = grid(this.size);
    this.fixed = grid(this.size);
  }
  set(x: number, y: number, dark: boolean): void {
    if (x >= 0 && y >= 0 && x < this.size && y < this.size) {
      this.dark[y]![x] = dark;
      this.fixed[y]![x] = true;
    }
  }
  patterns(): void {
    for (let i = 0; i < this.size; i++) {
      this.set(6, i, i % 2 === 0);
      this.set(i, 6, i % 2 === 0);
    }
    const square = (cx: number, cy: number, reach: number, light: readonly number[]): void => {
      for (let dy = -reach; dy <= reach; dy++) {
        for (let dx = -reach; dx <= reach; dx++) this.set(cx + dx, cy + dy, !light.includes(Math.max(Math.abs(dx), Math.abs(dy))));
      }
    };
    const last = this.size - 4;
    [[3, 3], [last, 3], [3, last]].forEach(([x, y]) => square(x!, y!, 4, [2, 4]));
    const places = ALIGNED[this.version - 1]!;
    const end = places[places.length - 1];
    for (const x of places) {
      for (const y of places) {
        if (!((x === 6 && y === 6) || (x === 6 && y === end) || (x === end && y === 6))) square(x, y, 2, [1]);
      }
    }
    this.format(0);
    if (this.version >= 7) {
      const bits = coded(this.version, 0x1f25, 12);
      for (let i = 0; i < 18; i++) {
        const a = this.size - 11 + (i % 3);
        const b = Math.floor(i / 3);
        this.set(a, b, ((bits >> i) & 1) === 1);
        this.set(b, a, ((bits >> i) & 1) === 1);
      }
    }
  }
  /** Level M is 00; so the mask alone is coded. */
  format(mask: number): void {
    const bits = coded(mask, 0x537, 10) ^ 0x5412;
    const bit = (i: number): boolean => ((bits >> i) & 1) === 1;
    for (let i = 0; i < 15; i++) {
      this.set(8, i < 6 ? i : i < 8 ? i + 1 : this.size - 15 + i, bit(i));
      this.set(i < 8 ? this.size - 1 - i : i === 8 ? 7 : 14 - i, 8, bit(i));
    }
    this.set(8, this.size - 8, true);
  }
  /** Two columns at a time from the right, upwards and downwards in turns. */
  fill(words: readonly number[]): void {
    let at = 0;
    for (let right = this.size - 1; right >= 1; right -= 2) {
      if (right === 6) right = 5;
      for (let step = 0; step < this.size; step++) {
        const y = ((right + 1) & 2) === 0 ? this.size - 1 - step : step;
        for (const x of [right, right - 1]) {
          if (!this.fixed[y]![x] && at < words.length * 8) {
            this.dark[y]![x] = ((words[at >> 3]! >> (7 - (at & 7))) & 1) === 1;
            at++;
          }
        }
      }
    }
  }
  masked(mask: number): Grid {
    const rule = [
      (x: number, y: number) => (x + y) % 2, (_x: number, y: number) => y % 2, (x: number) => x % 3, (x: number, y: number) => (x + y) % 3,
      (x: number, y: number) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2, (x: number, y: number) => ((x * y) % 2) + ((x * y) % 3),
      (x: number, y: number) => (((x * y) % 2) + ((x * y) % 3)) % 2, (x: number, y: number) => (((x + y) % 2) + ((x * y) % 3)) % 2,
    ][mask]!;
    this.format(mask);
    return this.dark.map((row, y) => row.map((dark, x) => (this.fixed[y]![x] ? dark : dark !== (rule(x, y) === 0))));
  }
}

/** How hard a symbol is to read (section 7.8.3): runs, squares, what looks like a finder, balance. */
function penalty(dark: Grid): number {
  const columns = dark.map((_, x) => dark.map((row) => row[x]!));
  let sum = 0;
  for (const line of [...dark, ...columns]) {
    const text = line.map((d) => (d ? '1' : '0')).join('');
    for (const [run] of text.matchAll(/0{5,}|1{5,}/g)) sum += run.length - 2;
    for (const finder of ['00001011101', '10111010000']) {
      for (let at = text.indexOf(finder); at >= 0; at = text.indexOf(finder, at + 1)) sum += 40;
    }
  }
  for (let y = 0; y + 1 < dark.length; y++) {
    for (let x = 0; x + 1 < dark.length; x++) {
      const one = dark[y]![x];
      if (one === dark[y]![x + 1] && one === dark[y + 1]![x] && one === dark[y + 1]![x + 1]) sum += 3;
    }
  }
  const share = dark.flat().filter(Boolean).length / dark.length ** 2;
  return sum + Math.floor(Math.abs(share - 0.5) * 20) * 10;
}

/** Rows of dark squares, without the quiet zone of four around them. */
export function qr(text: string): boolean[][] {
  const bytes = new TextEncoder().encode(text);
  const version = 1 + BLOCKS.findIndex(([, n1, d1, n2, d2], i) => n1 * d1 + n2 * d2 >= bytes.length + (i < 9 ? 2 : 3));
  if (version === 0) throw new RangeError('too long for a QR code of ours');
  const drawing = new Drawing(version);
  drawing.patterns();
  drawing.fill(codewords(bytes, version));
  return [0, 1, 2, 3, 4, 5, 6, 7].map((mask) => drawing.masked(mask)).reduce((best, one) => (penalty(one) < penalty(best) ? one : best));
}
