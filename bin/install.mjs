#!/usr/bin/env node
// Makes a fresh clone runnable: npm packages when they are missing or older than the lock file, then dist/ when a source
// is newer. With --for-tests also the Debian packages that the tests drive (nats-server, prometheus) and tfjs-node.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const sourceFolders = ['shared', 'coordinator', 'agent', 'dashboards', 'cli', 'bench'];
const debianPackages = { 'nats-server': 'nats-server', promtool: 'prometheus' };

const say = (text) => process.argv.includes('--quiet') || process.stderr.write(`sower: ${text}\n`);

function fail(text) {
  process.stderr.write(`sower: ${text}\n`);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 11)) {
    fail(`Node ${process.versions.node} is too old; install Node 20.11 or newer (https://nodejs.org)`);
  }
}

function modifiedMs(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

function installPackages() {
  const installed = modifiedMs(join(root, 'node_modules', '.package-lock.json'));
  if (installed >= modifiedMs(join(root, 'package-lock.json'))) return;
  say('installing npm packages (once, about half a minute) ...');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status, error } = spawnSync(npm, ['ci', '--loglevel=error'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0)
    fail(`"npm ci" failed${error ? ` (${error.message})` : ''}; see its messages above, then run this again`);
}

/** The newest change among the sources; a few hundred stat calls, some milliseconds. */
function newestSourceMs(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    newest = Math.max(newest, entry.isDirectory() ? newestSourceMs(path) : statSync(path).mtimeMs);
  }
  return newest;
}

async function buildIfStale() {
  const built = modifiedMs(join(root, 'dist', 'cli.js'));
  const sources = [...sourceFolders, 'bin'].map((folder) => join(root, folder)).filter((folder) => existsSync(folder));
  if (sources.length <= 1) return;
  if (built > Math.max(...sources.map(newestSourceMs))) return;
  const { build } = await import('./build.mjs');
  await build();
}

function onPath(program) {
  return spawnSync(process.platform === 'win32' ? 'where' : 'which', [program], { stdio: 'ignore' }).status === 0;
}

function installDebianPackages() {
  const missing = Object.entries(debianPackages).filter(([program]) => !onPath(program));
  if (missing.length === 0) return;
  const names = missing.map(([, name]) => name);
  if (!onPath('apt-get')) {
    say(`tests that need ${names.join(' and ')} are skipped or fail: install them with your package manager`);
    return;
  }
  const failed = aptGet(names);
  if (failed !== null) fail(`"${failed}" failed; install ${names.join(' and ')} by hand`);
}

/** The command that failed, or null. */
function aptGet(names) {
  say(`installing ${names.join(', ')} (apt-get) ...`);
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', ...names],
  ]) {
    const [command, ...rest] = [...sudo, 'apt-get', ...args];
    const { status } = spawnSync(command, rest, { stdio: ['ignore', 'ignore', 2], env: environment });
    if (status !== 0) return `apt-get ${args.join(' ')}`;
  }
  return null;
}

/**
 * The second engine's native form: 207 MB once, then kept in the user's cache. Where it cannot be had (no network, no
 * compiler, another system) its tests are left out and say so; everything else is tested all the same.
 */
function installTfjsNode() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    say('tfjs-node is built on 64-bit x86 Linux only: its tests are skipped');
    return;
  }
  const command = ['engine', 'install', 'tfjs-node'];
  const sower = join(root, 'bin', 'sower.mjs');
  const isThere = spawnSync(process.execPath, [sower, ...command, '--dry-run', '--json'], { encoding: 'utf8' });
  if (isThere.status === 0 && JSON.parse(isThere.stdout).installed) return;
  if (!onPath('g++') && onPath('apt-get')) aptGet(['g++']);
  say('installing tfjs-node for the tests (once, 207 MB, half a minute) ...');
  const { status } = spawnSync(process.execPath, [sower, ...command], { stdio: ['ignore', 2, 2] });
  if (status !== 0) say('tfjs-node could not be installed, see above: its tests are skipped');
}

/** A Vulkan driver that computes on the CPU, for the tests of WebGPU: 113 MB once. Without it they are left out and say so. */
function installSoftwareAdapter() {
  const driver = '/usr/lib/chromium/vk_swiftshader_icd.json';
  const loader = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/libvulkan.so.1`;
  if (existsSync(driver) && existsSync(loader)) return;
  if (process.platform !== 'linux' || !onPath('apt-get')) return;
  const failed = aptGet(['chromium', 'libvulkan1']);
  if (failed !== null || !existsSync(driver)) say('there is no software adapter for WebGPU: its tests are skipped');
}

checkNode();
installPackages();
await buildIfStale();
if (process.argv.includes('--for-tests')) {
  installDebianPackages();
  installSoftwareAdapter();
  installTfjsNode();
}
