/** Carries out a plan in a folder beside the final one and renames it, so that what is found is always whole. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import { identify, isAlive } from '../../shared/process/process-identity.ts';
import { formatBytes } from '../../shared/view/format.ts';
import type { Plan, Say } from './plan.ts';
import { programOnPath } from './program-on-path.ts';

/** Written last: a folder that has it is whole. */
const MARK = 'installed.json';

export const isInstalled = ({ folder }: Plan): boolean => existsSync(join(folder, MARK));

/** What will be done, line by line. */
export function describePlan({ what, folder, diskBytes, steps }: Plan): readonly string[] {
  const download = steps.reduce((sum, step) => sum + (step.downloadBytes ?? 0), 0);
  return [
    `${what} into ${folder}`,
    ...steps.map(({ title, downloadBytes }, i) => {
      const size = downloadBytes === null ? '' : ` (${formatBytes(downloadBytes)})`;
      return `  ${i + 1}. ${title}${size}`;
    }),
    `${formatBytes(download)} to download, ${formatBytes(diskBytes)} on disk`,
  ];
}

/** Throws E_ENGINE_TOOLS naming all programs that are missing. */
export async function checkTools({ name, tools }: Plan): Promise<void> {
  const found = await Promise.all(Object.keys(tools).map(async (tool) => [tool, await programOnPath(tool)] as const));
  const missing = found.filter(([, path]) => path === null).map(([tool]) => tool);
  if (missing.length === 0) return;
  throw new SowerError(
    'E_ENGINE_TOOLS',
    `installing ${name} needs ${missing.join(' and ')}, not found on this machine`,
    {
      fix: `apt-get install -y ${missing.map((tool) => tools[tool]).join(' ')}`,
      exit: EXIT.notFound,
    },
  );
}

/** Does every step; what was there before is replaced at the end. */
export async function carryOut(plan: Plan, say: Say): Promise<void> {
  await checkTools(plan);
  await removeLeftovers(dirname(plan.folder));
  const draft = `${plan.folder}.${process.pid}.part`;
  await mkdir(draft, { recursive: true });
  try {
    for (const [i, step] of plan.steps.entries()) {
      say(`${i + 1}/${plan.steps.length} ${step.title}`);
      await step.run(draft, say);
    }
    await writeFile(join(draft, MARK), `${JSON.stringify({ what: plan.what }, null, 2)}\n`);
    await rm(plan.folder, { recursive: true, force: true });
    await rename(draft, plan.folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Drafts of installations that were killed. */
async function removeLeftovers(parent: string): Promise<void> {
  if (!existsSync(parent)) return;
  for (const entry of await readdir(parent)) {
    const pid = /\.(\d+)\.part$/.exec(basename(entry))?.[1];
    if (pid === undefined || isAlive(identify(Number(pid)))) continue;
    await rm(join(parent, entry), { recursive: true, force: true });
  }
}
