/** The Python package index of this machine, as pip would choose it. */
import { execa } from 'execa';

export interface PackageIndex {
  /** Ends with a slash. */
  readonly url: URL;
  /** Credentials that stood in the address. */
  readonly headers: Record<string, string>;
}

const PUBLIC_INDEX = 'https://pypi.org/simple';

export async function packageIndex(): Promise<PackageIndex> {
  const given = process.env.PIP_INDEX_URL || (await pipSetting()) || PUBLIC_INDEX;
  const url = new URL(given.endsWith('/') ? given : `${given}/`);
  const { username, password } = url;
  if (username === '') return { url, headers: {} };
  url.username = '';
  url.password = '';
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { url, headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` } };
}

/** Null where pip is not installed or nothing was set. */
async function pipSetting(): Promise<string | null> {
  const { failed, stdout } = await execa('python3', ['-m', 'pip', 'config', 'get', 'global.index-url'], {
    reject: false,
    stdin: 'ignore',
    timeout: 30_000,
  });
  return failed || !/^https?:/.test(stdout.trim()) ? null : stdout.trim();
}
