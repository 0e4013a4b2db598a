/** Every key in one table: what it does decides the footer, the help page and the input handler alike. */
export type ScreenName = 'overview' | 'trials';

export type Action =
  | 'overview'
  | 'trials'
  | 'next_screen'
  | 'up'
  | 'down'
  | 'page_up'
  | 'page_down'
  | 'first'
  | 'last'
  | 'group'
  | 'sort'
  | 'turn_sort'
  | 'state_filter'
  | 'freeze'
  | 'help'
  | 'back'
  | 'detach';

export interface KeyBinding {
  /** As Ink names them: a character, or `upArrow`, `pageDown`, `escape`, `tab`, ... */
  readonly keys: readonly string[];
  /** How people read them. */
  readonly label: string;
  readonly action: Action;
  readonly help: string;
  readonly screens: readonly ScreenName[];
  /** Shown in the footer, in one or two words. */
  readonly footer?: string;
}

const EVERYWHERE: readonly ScreenName[] = ['overview', 'trials'];
const TRIALS: readonly ScreenName[] = ['trials'];

export const KEY_BINDINGS: readonly KeyBinding[] = [
  { keys: ['1'], label: '1', action: 'overview', help: 'overview', screens: EVERYWHERE, footer: 'overview' },
  { keys: ['2'], label: '2', action: 'trials', help: 'trials', screens: EVERYWHERE, footer: 'trials' },
  { keys: ['tab'], label: 'Tab', action: 'next_screen', help: 'the other screen', screens: EVERYWHERE },
  { keys: ['upArrow', 'k'], label: 'up, k', action: 'up', help: 'one row up', screens: TRIALS },
  { keys: ['downArrow', 'j'], label: 'down, j', action: 'down', help: 'one row down', screens: TRIALS },
  { keys: ['pageUp'], label: 'PgUp', action: 'page_up', help: 'one page up', screens: TRIALS },
  { keys: ['pageDown'], label: 'PgDn', action: 'page_down', help: 'one page down', screens: TRIALS },
  { keys: ['home', 'g'], label: 'Home, g', action: 'first', help: 'first row', screens: TRIALS },
  { keys: ['end', 'G'], label: 'End, G', action: 'last', help: 'last row', screens: TRIALS },
  {
    keys: ['s'],
    label: 's',
    action: 'group',
    help: 'group by configuration: mean and spread over seeds',
    screens: TRIALS,
    footer: 'by config',
  },
  { keys: ['S'], label: 'S', action: 'sort', help: 'sort by the next column', screens: TRIALS, footer: 'sort' },
  { keys: ['r'], label: 'r', action: 'turn_sort', help: 'turn the order round', screens: TRIALS },
  {
    keys: ['/'],
    label: '/',
    action: 'state_filter',
    help: 'show one state after the other, then all',
    screens: TRIALS,
    footer: 'state',
  },
  {
    keys: ['f'],
    label: 'f',
    action: 'freeze',
    help: 'hold the picture still, or let it go on',
    screens: EVERYWHERE,
    footer: 'freeze',
  },
  { keys: ['?'], label: '?', action: 'help', help: 'this page', screens: EVERYWHERE, footer: 'help' },
  { keys: ['escape'], label: 'Esc', action: 'back', help: 'leave help, or back to the overview', screens: EVERYWHERE },
  {
    keys: ['q'],
    label: 'q',
    action: 'detach',
    help: 'close the dashboard; the sweep goes on and its ranking is printed at the end',
    screens: EVERYWHERE,
    footer: 'close',
  },
];

export function actionOf(key: string, screen: ScreenName): Action | null {
  return KEY_BINDINGS.find((binding) => binding.screens.includes(screen) && binding.keys.includes(key))?.action ?? null;
}

/** `1 overview  2 trials  ? help  q close` for a screen. */
export function footerText(screen: ScreenName): string {
  return KEY_BINDINGS.filter((binding) => binding.footer !== undefined && binding.screens.includes(screen))
    .map((binding) => `${binding.label} ${binding.footer}`)
    .join('  ');
}
