/** The stages every compiled graph goes through, each checked. */
import { checkGraph } from '../ir/check.ts';
import type { Graph } from '../ir/op.ts';
import { registry } from '../ops/registry.ts';
import { accumulateInPlace } from './accumulate.ts';
import { addScaledInOnePass } from './add-scaled.ts';
import { carryAsMade } from './carry-as-made.ts';
import { castLate } from './cast-late.ts';
import { foldAddIntoGemm } from './fold-gemm.ts';
import { foldScaleIntoGemm } from './fold-scale.ts';
import { inlineLoops } from './inline-loops.ts';
import { BY_RULE } from './lower/choice.ts';
import { lowerGraph } from './lower/lower.ts';
import { composeMissing } from './lower/missing.ts';
import { dropIdentities, dropUnused, hoistInvariants, joinReshapes, mergeEqual } from './passes.ts';
import { everywhere } from './rewrite.ts';
import type { Target } from './target.ts';

type Stage = (graph: Graph) => Graph;

const stagesFor = (target: Target): readonly Stage[] => [
  (graph) => everywhere(dropUnused, graph),
  (graph) => lowerGraph(graph, target.lowering ?? BY_RULE),
  ...(target.loops ? [] : [inlineLoops, composeMissing]),
  (graph) => everywhere(joinReshapes, graph),
  (graph) => everywhere(castLate, graph),
  (graph) => everywhere(mergeEqual, graph),
  hoistInvariants,
  (graph) => everywhere(dropIdentities, graph),
  (graph) => everywhere(foldAddIntoGemm, graph),
  (graph) => everywhere(foldScaleIntoGemm(graph.constants), graph),
  ...(target.provider === 'cpu' && target.addsInPlace !== false ? [accumulateInPlace] : []),
  ...(target.provider === 'cpu' ? [addScaledInOnePass] : []),
  ...(target.loops ? [carryAsMade] : []),
  (graph) => everywhere(joinReshapes, graph),
  (graph) => everywhere(dropUnused, graph),
];

/** Rewrites for speed; throws GraphError if a stage broke the graph. */
export function finishGraph(graph: Graph, target: Target): Graph {
  checkGraph(registry, graph);
  return stagesFor(target).reduce((current, stage) => {
    const next = stage(current);
    checkGraph(registry, next);
    return next;
  }, graph);
}
