import { render } from 'ink-testing-library';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Dashboard } from '../../dashboards/terminal/components/Dashboard.tsx';
import { end, halfwayView, STORY_START, start } from '../support/view-story.ts';

const ESCAPE = '\u001b';
const CTRL_C = '\u0003';

function show() {
  const { view, sweep } = halfwayView();
  const listeners = new Set<() => void>();
  const source = {
    view,
    snapshot: () => view.snapshot(STORY_START + 20_000),
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    over: new Promise<void>(() => {}),
  };
  const left = { detach: vi.fn(), interrupt: vi.fn(), suspend: vi.fn() };
  const app = render(
    <Dashboard
      source={source}
      ascii={false}
      note="nats://127.0.0.1:4222"
      onDetach={left.detach}
      onInterrupt={left.interrupt}
      onSuspend={left.suspend}
    />,
  );
  const tell = () => {
    for (const listener of listeners) listener();
  };
  return { app, sweep, view, tell, left, listeners };
}

const open: { unmount(): void }[] = [];
afterEach(() => {
  for (const app of open.splice(0)) app.unmount();
});

describe('Dashboard', () => {
  it('repaints when the source tells of a change', async () => {
    const { app, sweep, view, tell } = show();
    open.push(app);
    expect(app.lastFrame()).toContain('trials 30/60');
    start(view, sweep, 31);
    end(view, sweep, 31, 0.1);
    tell();
    await vi.waitFor(() => expect(app.lastFrame()).toContain('trials 31/60'));
  });

  it('goes to the trials, groups them, shows help and comes back by keys', async () => {
    const { app } = show();
    open.push(app);
    app.stdin.write('2');
    await vi.waitFor(() => expect(app.lastFrame()).toContain('state=all'));
    app.stdin.write('s');
    await vi.waitFor(() => expect(app.lastFrame()).toContain('configurations'));
    app.stdin.write('?');
    await vi.waitFor(() => expect(app.lastFrame()).toContain('keys of the trials screen'));
    app.stdin.write(ESCAPE);
    await vi.waitFor(() => expect(app.lastFrame()).toContain('configurations'));
    app.stdin.write(ESCAPE);
    await vi.waitFor(() => expect(app.lastFrame()).toContain('needs attention'));
  });

  it('holds the picture still while frozen', async () => {
    const { app, sweep, view, tell } = show();
    open.push(app);
    app.stdin.write('f');
    await vi.waitFor(() => expect(app.lastFrame()).toContain('frozen'));
    start(view, sweep, 31);
    end(view, sweep, 31, 0.1);
    tell();
    app.stdin.write('2');
    await vi.waitFor(() => expect(app.lastFrame()).toContain('state=all'));
    expect(app.lastFrame()).toContain('trials 30/60');
    app.stdin.write('f');
    await vi.waitFor(() => expect(app.lastFrame()).toContain('trials 31/60'));
  });

  it('leaves by q and by Ctrl-C, each to its own ending, and stops listening when unmounted', async () => {
    const { app, left, listeners } = show();
    app.stdin.write('q');
    await vi.waitFor(() => expect(left.detach).toHaveBeenCalledOnce());
    app.stdin.write(CTRL_C);
    await vi.waitFor(() => expect(left.interrupt).toHaveBeenCalledOnce());
    app.unmount();
    await vi.waitFor(() => expect(listeners.size).toBe(0));
  });
});
