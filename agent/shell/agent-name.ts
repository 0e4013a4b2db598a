import { EXIT, SowerError } from '../../shared/kernel/errors.ts';
import { isName, NAME_RULE } from '../../shared/kernel/ids.ts';

const LONGEST = 63;

/** A host's name as an agent's: lower case, its first label, other characters as "-". */
export function agentNameOf(hostname: string): string {
  const label = hostname.split('.', 1)[0] ?? '';
  const cleaned = label
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[-_]+|[-_]+$/g, '');
  return cleaned === '' ? 'agent' : cleaned.slice(0, LONGEST);
}

/** Throws E_NAME where a person gave a name that cannot be part of a subject. */
export function checkName(name: string, what: 'agent' | 'pool'): string {
  if (isName(name)) return name;
  throw new SowerError('E_NAME', `"${name}" cannot be ${what === 'agent' ? "an agent's" : "a pool's"} name`, {
    fix: `use ${NAME_RULE}`,
    exit: EXIT.usage,
  });
}
