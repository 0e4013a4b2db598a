import { build } from '../../bin/build.mjs';

/** Tests start real processes from dist/, so it must hold what the sources say now. */
export default async function setup(): Promise<void> {
  await build();
}
