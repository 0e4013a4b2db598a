/** Words that the command line takes for standard nets; here, so that parsing loads no engine. */
export const BENCH_NETS = ['mlp', 'conv8', 'seedB', 'lenet', 'wide'] as const;
