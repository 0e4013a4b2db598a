/** A grid of dots drawn with braille characters, 2 x 4 dots a cell; with ASCII, one dot a cell. */
export interface Canvas {
  /** In dots. */
  readonly width: number;
  readonly height: number;
  /** (0, 0) is the top left; dots outside are ignored. */
  dot(x: number, y: number): void;
  lines(): readonly string[];
}

const BRAILLE_BASE = 0x2800;
/** Bit of each dot in a braille cell, by row then column (Unicode chapter 21.1). */
const BRAILLE_BITS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

export function createCanvas(columns: number, rows: number, ascii: boolean): Canvas {
  const cells = new Uint8Array(columns * rows);
  const dotsX = ascii ? 1 : 2;
  const dotsY = ascii ? 1 : 4;
  return {
    width: columns * dotsX,
    height: rows * dotsY,
    dot(x, y) {
      const column = Math.floor(x / dotsX);
      const row = Math.floor(y / dotsY);
      if (column < 0 || row < 0 || column >= columns || row >= rows) return;
      const bit = ascii ? 1 : (BRAILLE_BITS[Math.floor(y) % 4]?.[Math.floor(x) % 2] ?? 0);
      cells[row * columns + column] = (cells[row * columns + column] ?? 0) | bit;
    },
    lines() {
      return Array.from({ length: rows }, (_, row) =>
        Array.from(cells.subarray(row * columns, (row + 1) * columns), (bits) => {
          if (bits === 0) return ' ';
          return ascii ? '*' : String.fromCodePoint(BRAILLE_BASE + bits);
        }).join(''),
      );
    },
  };
}
