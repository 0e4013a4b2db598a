import { join } from 'node:path';

export interface ServerConfig {
  /** Unique per start, so that whoever answers on the port can be told from another server. */
  readonly serverName: string;
  /** null lets the server choose a free port and write it into `<storeDir>/*.ports`. */
  readonly port: number | null;
  readonly storeDir: string;
  readonly maxStoreBytes: number;
  readonly version: readonly [major: number, minor: number, patch: number];
}

/** Memory streams are never used; the small allowance is for the state of ephemeral consumers. */
const MAX_MEMORY_BYTES = 64 * 1024 * 1024;

/** Names of the files a server keeps in its folder. */
export const serverFiles = (storeDir: string) => ({
  config: join(storeDir, 'nats-server.conf'),
  log: join(storeDir, 'nats-server.log'),
  state: join(storeDir, 'server.json'),
});

/** `2.9.10` in `nats-server: v2.9.10`; null where there is no version. */
export function parseServerVersion(text: string): [number, number, number] | null {
  const match = /v?(\d+)\.(\d+)\.(\d+)/.exec(text);
  return match === null ? null : [Number(match[1]), Number(match[2]), Number(match[3])];
}

/**
 * The configuration of a server of our own: loopback only, half-open clients freed within a minute, and, from 2.10 on,
 * every acknowledged message on disk (2.9 refuses the option; its store is synced every minute).
 */
export function renderServerConfig(config: ServerConfig): string {
  const [major, minor] = config.version;
  const syncs = major > 2 || (major === 2 && minor >= 10);
  return [
    `server_name: ${JSON.stringify(config.serverName)}`,
    'host: "127.0.0.1"',
    `port: ${config.port ?? -1}`,
    'max_payload: 1MB',
    'ping_interval: "20s"',
    'ping_max: 2',
    `ports_file_dir: ${JSON.stringify(config.storeDir)}`,
    `log_file: ${JSON.stringify(serverFiles(config.storeDir).log)}`,
    'logfile_size_limit: 16MB',
    'jetstream {',
    `  store_dir: ${JSON.stringify(config.storeDir)}`,
    `  max_memory_store: ${MAX_MEMORY_BYTES}`,
    `  max_file_store: ${config.maxStoreBytes}`,
    ...(syncs ? ['  sync_interval: always'] : []),
    '}',
    '',
  ].join('\n');
}
