/**
 * How the digits are written: the points a pen passes through, in a unit box (x to the right, y down). The pen runs
 * smoothly through its points, except that it turns sharply at those marked `!`.
 */

export interface PenPoint {
  readonly x: number;
  readonly y: number;
  readonly corner: boolean;
}
export type Stroke = readonly PenPoint[];
export type Glyph = readonly Stroke[];

/** Writing styles per digit, in the order 0 to 9; a style is a list of strokes. */
const WRITTEN: readonly (readonly (readonly string[])[])[] = [
  [
    ['.52,.01 .22,.16 .11,.5 .22,.85 .5,.99 .78,.84 .89,.5 .78,.15 .48,.01'],
    ['.62,.05 .36,.07 .2,.4 .24,.8 .48,.98 .74,.74 .8,.34 .6,.04 .42,.12'],
  ],
  [['.53,0 .5,.5 .48,1'], ['.26,.24 .55,0! .54,.5 .53,1'], ['.28,.2 .52,0! .52,1', '.24,1 .8,.99']],
  [
    ['.14,.26 .28,.06 .56,.01 .8,.16 .78,.38 .52,.68 .14,.98! .9,.96'],
    ['.16,.2 .44,0 .78,.18 .68,.52 .3,.9 .12,.9 .22,.74 .52,.86 .92,.94'],
  ],
  [
    ['.16,.14 .44,0 .78,.14 .72,.37 .4,.47! .76,.56 .85,.79 .5,1 .12,.87'],
    ['.16,.03 .8,.02! .42,.4! .76,.5 .84,.78 .5,1 .13,.9'],
  ],
  [
    ['.32,.03 .14,.57! .92,.54', '.7,.18 .66,.6 .62,1'],
    ['.68,1 .7,0! .08,.66! .95,.66'],
    ['.18,.06 .14,.4 .44,.52 .8,.42', '.82,.02 .8,.5 .74,1'],
  ],
  [
    ['.84,.02 .27,.03! .2,.44! .52,.37 .84,.58 .74,.9 .42,1 .1,.88'],
    ['.86,.06 .46,.04 .24,.2 .36,.42 .7,.56 .78,.82 .5,.99 .14,.92'],
  ],
  [
    ['.74,.03 .38,.2 .16,.6 .26,.93 .6,.98 .83,.76 .64,.52 .34,.57 .18,.76'],
    ['.5,0 .27,.44 .2,.8 .42,1 .72,.86 .66,.6 .4,.6 .22,.8'],
  ],
  [
    ['.1,.05 .88,.03! .58,.48 .4,1'],
    ['.1,.06 .86,.04! .56,.5 .42,1', '.26,.52 .8,.47'],
    ['.1,.22 .15,.05! .84,.03 .8,.24 .54,.64 .46,1'],
  ],
  [
    ['.78,.14 .5,.01 .24,.18 .46,.44 .78,.72 .52,.99 .21,.78 .5,.48 .76,.24 .7,.06'],
    ['.5,.02 .25,.22 .5,.45 .75,.22 .5,.02', '.5,.46 .19,.72 .5,.99 .81,.72 .5,.46'],
  ],
  [
    ['.8,.2 .5,.01 .19,.24 .36,.5 .68,.42 .82,.14! .78,.56 .68,1'],
    ['.78,.24 .54,.02 .22,.2 .34,.47 .66,.42 .8,.2 .82,.6 .6,.96 .2,.94'],
  ],
];

export const GLYPHS: readonly (readonly Glyph[])[] = readGlyphs(WRITTEN);

/** Per character its styles, per style its strokes: `x,y` of each pen point, `!` where the pen turns sharply. */
export function readGlyphs(written: readonly (readonly (readonly string[])[])[]): readonly (readonly Glyph[])[] {
  return written.map((styles) => styles.map((strokes) => strokes.map(readStroke)));
}

function readStroke(text: string): Stroke {
  return text.split(' ').map((point) => {
    const [x, y] = point.replace('!', '').split(',');
    return { x: Number(x), y: Number(y), corner: point.endsWith('!') };
  });
}
