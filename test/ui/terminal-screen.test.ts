import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { repaint, TerminalScreen } from '../../dashboards/terminal/shell/terminal-screen.ts';

/** A terminal that keeps what is written to it. */
function terminal(columns: number, rows: number) {
  const stream = Object.assign(new PassThrough(), { columns, rows, isTTY: true });
  let written = '';
  stream.on('data', (chunk: Buffer) => {
    written += chunk.toString();
  });
  return {
    stream: stream as unknown as NodeJS.WriteStream & { columns: number; rows: number },
    take: () => {
      const taken = written;
      written = '';
      return taken;
    },
  };
}

const open: TerminalScreen[] = [];
afterEach(() => {
  for (const screen of open.splice(0)) screen.close();
});

describe('repaint', () => {
  it('writes the lines that differ, each at its place, and nothing else', () => {
    expect(repaint(['a', 'b', 'c'], ['a', 'B', 'c'])).toBe('\u001b[2;1H\u001b[0m\u001b[KB');
    expect(repaint(['a'], ['a'])).toBe('');
  });

  it('empties lines that are gone', () => {
    expect(repaint(['a', 'b'], ['a'])).toBe('\u001b[2;1H\u001b[0m\u001b[K');
  });
});

describe('TerminalScreen', () => {
  it('draws on the alternate screen and gives the person their own back', async () => {
    const { stream, take } = terminal(80, 24);
    const screen = new TerminalScreen(stream);
    open.push(screen);
    screen.write('one\ntwo');
    let seen = '';
    await vi.waitFor(() => {
      seen += take();
      expect(seen).toContain('two');
    });
    expect(seen.startsWith('\u001b[?1049h')).toBe(true);
    screen.close();
    expect(take()).toBe('\u001b[?25h\u001b[?1049l');
  });

  it('coalesces frames and sends only what changed', async () => {
    const { stream, take } = terminal(80, 24);
    const screen = new TerminalScreen(stream);
    open.push(screen);
    screen.write('head\n1');
    await vi.waitFor(() => expect(take()).toContain('head'));
    for (let count = 2; count <= 50; count++) screen.write(`head\n${count}`);
    let seen = '';
    await vi.waitFor(() => {
      seen += take();
      expect(seen).toContain('50');
    });
    expect(seen).not.toContain('head');
    expect(seen).not.toContain('49');
  });

  it('takes 0x0 for 80x24, never draws the last row, and never clears the scrollback', async () => {
    const { stream, take } = terminal(0, 0);
    const screen = new TerminalScreen(stream);
    open.push(screen);
    expect([screen.columns, screen.rows]).toEqual([80, 24]);
    screen.write(Array.from({ length: 60 }, (_, row) => `row ${row}`).join('\n'));
    let seen = '';
    await vi.waitFor(() => {
      seen += take();
      expect(seen).toContain('row 22');
    });
    expect(seen).not.toContain('row 23');
    expect(seen).not.toContain('\u001b[3J');
  });

  it('repaints everything after a resize, and tells Ink', async () => {
    const { stream, take } = terminal(80, 24);
    const screen = new TerminalScreen(stream);
    open.push(screen);
    screen.write('still');
    await vi.waitFor(() => expect(take()).toContain('still'));
    const told = vi.fn();
    screen.on('resize', told);
    stream.columns = 100;
    stream.emit('resize');
    expect(told).toHaveBeenCalledOnce();
    screen.write('still');
    await vi.waitFor(() => expect(take()).toContain('still'));
  });

  it('writes nothing while hidden and paints again when shown', async () => {
    const { stream, take } = terminal(80, 24);
    const screen = new TerminalScreen(stream);
    open.push(screen);
    screen.write('frame');
    await vi.waitFor(() => expect(take()).toContain('frame'));
    screen.hide();
    take();
    screen.write('unseen');
    screen.show();
    await vi.waitFor(() => expect(take()).toContain('unseen'));
  });
});
