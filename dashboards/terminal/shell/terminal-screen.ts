/**
 * The terminal as a stream that Ink paints frames on. Ink 6.8's own incremental output moves up one line too few after a
 * frame that ends in a newline, and its full output sends every line every time; so Ink hands over whole frames (its
 * `debug` output) and this screen writes the lines that differ, each at its own place.
 *
 * Modes: shown (alternate screen, cursor hidden) and hidden (the person's own screen, nothing is written). `show` and
 * `hide` move between them; the end of the process, however it comes, hides.
 */
import { Writable } from 'node:stream';
import { onExit } from 'signal-exit';
import { screenSize } from '../core/size.ts';

const ENTER = '\u001b[?1049h\u001b[?25l\u001b[2J';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const CLEAR = '\u001b[2J';
const BEGIN_UPDATE = '\u001b[?2026h';
const END_UPDATE = '\u001b[?2026l';
const ERASE_TO_END = '\u001b[K';
const MOST_FPS = 10;

const at = (row: number) => `\u001b[${row + 1};1H`;

/** What changes the screen from `before` to `after`, line by line; empty where nothing does. */
export function repaint(before: readonly string[], after: readonly string[]): string {
  let bytes = '';
  for (let row = 0; row < Math.max(before.length, after.length); row++) {
    const line = after[row] ?? '';
    if (before[row] !== line) bytes += `${at(row)}\u001b[0m${ERASE_TO_END}${line}`;
  }
  return bytes;
}

export class TerminalScreen extends Writable {
  readonly isTTY = true;
  private readonly terminal: NodeJS.WriteStream;
  private readonly forget: () => void;
  private shown = false;
  private painted: readonly string[] = [];
  private frame: readonly string[] = [];
  private timer: NodeJS.Timeout | null = null;

  constructor(terminal: NodeJS.WriteStream) {
    super({ decodeStrings: false });
    this.terminal = terminal;
    this.forget = onExit(() => this.hide());
    terminal.on('resize', this.onResize);
    this.show();
  }

  get columns(): number {
    return screenSize(this.terminal.columns, this.terminal.rows).columns;
  }

  get rows(): number {
    return screenSize(this.terminal.columns, this.terminal.rows).rows + 1;
  }

  show(): void {
    if (this.shown) return;
    this.shown = true;
    this.terminal.write(ENTER);
    this.painted = [];
    this.paint();
  }

  hide(): void {
    if (!this.shown) return;
    this.shown = false;
    this.terminal.write(LEAVE);
  }

  /** Hides for good. */
  close(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.terminal.off('resize', this.onResize);
    this.hide();
    this.forget();
  }

  override _write(chunk: string, _encoding: BufferEncoding, done: () => void): void {
    done();
    // Ink also sends cursor codes of its own; only frames hold text at their start.
    if (chunk.startsWith('\u001b[?')) return;
    this.frame = chunk.split('\n').slice(0, this.rows - 1);
    this.timer ??= setTimeout(() => this.paint(), 1000 / MOST_FPS);
  }

  private readonly onResize = (): void => {
    if (this.shown) this.terminal.write(CLEAR);
    this.painted = [];
    this.emit('resize');
  };

  private paint(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const bytes = this.shown ? repaint(this.painted, this.frame) : '';
    if (bytes === '') return;
    this.painted = this.frame;
    this.terminal.write(BEGIN_UPDATE + bytes + END_UPDATE);
  }
}
