import { describeError, SowerError } from '../../shared/kernel/errors.ts';

/** What a person reads of work that is refused, with `folder` as `~`; `accepted` where it is not. */
export async function refusalOf(work: Promise<unknown>, folder: string): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof SowerError) return describeError(error).replaceAll(folder, '~');
    throw error;
  }
  return 'accepted';
}
