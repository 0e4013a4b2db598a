import { KEY_BINDINGS, type ScreenName } from './keys.ts';
import { bold, type Line, text, toCells } from './line.ts';

/** The keys of a screen, one a line. */
export function helpLines(screen: ScreenName): Line[] {
  const bindings = KEY_BINDINGS.filter((binding) => binding.screens.includes(screen));
  return [
    [bold(` keys of the ${screen} screen`)],
    ...bindings.map((binding): Line => [text(`   ${toCells(binding.label, 10)}`, 'accent'), text(binding.help)]),
    [text('   '), text(toCells('Ctrl-C', 10), 'accent'), text('end the run; the same command resumes it')],
    [text('   '), text(toCells('Ctrl-Z', 10), 'accent'), text('to the shell and back with fg')],
  ];
}
