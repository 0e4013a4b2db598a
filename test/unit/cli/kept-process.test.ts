import { describe, expect, it } from 'vitest';
import { keepRunning, type LiveProcess } from '../../../cli/embedded/kept-process.ts';

/** Lives that end when the test says so. */
function scriptedLives() {
  const lives: { die(how: string): void; readonly signals: string[] }[] = [];
  const start = async (): Promise<LiveProcess> => {
    let die: (how: string) => void = () => {};
    const ended = new Promise<string>((resolve) => {
      die = resolve;
    });
    const signals: string[] = [];
    const end = (signal: string) => {
      signals.push(signal);
      if (signal === 'SIGTERM') die('signal SIGTERM');
    };
    lives.push({ die, signals });
    return { pid: 999 + lives.length, ended, end };
  };
  return { lives, start };
}

const quiet = () => {};

describe('a kept process', () => {
  it('is started again when it dies', async () => {
    const { lives, start } = scriptedLives();
    let onSecond: () => void = quiet;
    const second = new Promise<void>((resolve) => {
      onSecond = resolve;
    });
    const onStart = ({ pid }: LiveProcess) => (pid === 1001 ? onSecond() : undefined);
    const kept = await keepRunning({ name: 'agent', start, log: quiet, hint: 'see the log', onStart });
    expect(kept.pid()).toBe(1000);
    lives[0]?.die('signal SIGKILL');
    await second;
    expect(kept.pid()).toBe(1001);
    await kept.stop(1000);
    expect(lives[1]?.signals).toEqual(['SIGTERM']);
    expect(lives).toHaveLength(2);
  });

  it('is given up after dying young again and again, and says where to look', async () => {
    const start = async (): Promise<LiveProcess> => ({ pid: 1, ended: Promise.resolve('exit code 3'), end: quiet });
    const kept = await keepRunning({ name: 'agent', start, log: quiet, hint: 'see agent.log' });
    await expect(kept.givenUp).rejects.toMatchObject({
      code: 'E_EMBEDDED',
      message: 'the agent ended 5 times in a row (exit code 3)',
      fix: 'see agent.log',
      exit: 5,
    });
  });

  it('does not come back once stopped', async () => {
    const { lives, start } = scriptedLives();
    const kept = await keepRunning({ name: 'agent', start, log: quiet, hint: '' });
    await kept.stop(1000);
    expect(kept.pid()).toBeNull();
    expect(lives).toHaveLength(1);
  });
});
