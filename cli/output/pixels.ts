/** Small images in a terminal: two pixels in a character, or shades of ink. */

/** Row-major values from 0 to 1, one plane of grey or three of red, green and blue. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly planes: readonly Float32Array[];
}

/** From empty to full. */
const INK = ' .:-=+*#%@';

/** A line for every two rows of pixels; a character is one pixel wide and two high, as characters are. */
export function pictureLines(picture: Picture, colored: boolean): readonly string[] {
  return Array.from({ length: Math.ceil(picture.height / 2) }, (_, y) =>
    colored ? blockLine(picture, 2 * y) : inkLine(picture, 2 * y),
  );
}

function inkLine({ width, height, planes }: Picture, y: number): string {
  const level = (x: number, row: number) =>
    row < height ? planes.reduce((sum, plane) => sum + plane[row * width + x]!, 0) / planes.length : 0;
  return Array.from({ length: width }, (_, x) => {
    const ink = (level(x, y) + level(x, y + 1)) / 2;
    return INK[Math.min(INK.length - 1, Math.floor(ink * INK.length))];
  }).join('');
}

/** The upper pixel is the ink of a half block, the lower one its paper; a colour is said where it changes. */
function blockLine({ width, height, planes }: Picture, y: number): string {
  const color = (x: number, row: number) => colorIndex(planes.map((plane) => plane[row * width + x]!));
  let [ink, paper] = [-1, -1];
  const cells = Array.from({ length: width }, (_, x) => {
    const [upper, lower] = [color(x, y), y + 1 < height ? color(x, y + 1) : -1];
    const codes = `${upper === ink ? '' : `\u001b[38;5;${upper}m`}${lower === paper ? '' : `\u001b[48;5;${lower}m`}`;
    [ink, paper] = [upper, lower];
    return `${codes}▀`;
  });
  return `${cells.join('')}\u001b[0m`;
}

const GREYS = 24;
const CUBE = 6;

/** Of xterm's 256 colours: 232 to 255 are greys, 16 to 231 a cube of 6 x 6 x 6. */
function colorIndex(levels: readonly number[]): number {
  const step = (level: number, steps: number) => Math.min(steps - 1, Math.floor(level * steps));
  if (levels.length === 1) return 232 + step(levels[0]!, GREYS);
  const [red, green, blue] = levels.map((level) => step(level, CUBE));
  return 16 + 36 * red! + 6 * green! + blue!;
}

/** Pixels averaged in squares so that no side is longer than `most`; small pictures stay as they are. */
export function shrink({ width, height, planes }: Picture, most: number): Picture {
  const factor = Math.ceil(Math.max(width, height) / most);
  if (factor === 1) return { width, height, planes };
  const [narrow, low] = [Math.ceil(width / factor), Math.ceil(height / factor)];
  const mean = (plane: Float32Array, x: number, y: number) => {
    let [sum, count] = [0, 0];
    for (let row = y * factor; row < Math.min(height, (y + 1) * factor); row++) {
      for (let at = x * factor; at < Math.min(width, (x + 1) * factor); at++) {
        sum += plane[row * width + at]!;
        count++;
      }
    }
    return sum / count;
  };
  const shrunk = planes.map((plane) =>
    Float32Array.from({ length: narrow * low }, (_, i) => mean(plane, i % narrow, Math.floor(i / narrow))),
  );
  return { width: narrow, height: low, planes: shrunk };
}
