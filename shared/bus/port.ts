/**
 * What Sower needs from a message system, in Sower's own words; no type of the NATS client shows here. One contract suite
 * (`test/contract/bus.ts`) says what each promise means. All bodies are parsed on the way in: what a reader receives is
 * trusted. A stored message that does not parse is yielded as `unreadable` and never thrown.
 */
import type {
  ControlReply,
  ControlRequest,
  DoneRecord,
  PresenceEntry,
  SowerEvent,
  SweepEntry,
  TrialReport,
  WorkItem,
} from '../protocol/index.ts';

export interface Unreadable {
  readonly seq: number;
  readonly subject: string;
  readonly problem: string;
}

export type Stored<T> =
  | { readonly seq: number; readonly value: T }
  | { readonly unreadable: Unreadable; readonly seq: number };

/** Where a stream stands; a lower `lastSeq` or another `created` than before means that the server lost history. */
export interface LogHead {
  readonly created: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
}

export interface ReadOptions {
  /** First sequence wanted; 1 = from the beginning. */
  readonly fromSeq?: number;
  readonly sweep?: string;
  /** Keep waiting for new messages after the last stored one. */
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
  /** Called once when all messages stored at the start have been yielded. */
  readonly onCaughtUp?: () => void;
}

export interface EventReadOptions extends ReadOptions {
  /** Only events of this kind: the server sends no others. */
  readonly kind?: SowerEvent['kind'];
}

export interface EventLog {
  /** Resolves after the server stored it. Retries unknown outcomes under the same id, so it is stored once per id. */
  append(event: SowerEvent, id: string): Promise<{ readonly seq: number }>;
  /**
   * In order, each once, across restarts of the server. A follower ends when the bus is closed. Rejects with E_HISTORY_LOST
   * where the server stands before the reader's place or made the stream anew.
   */
  read(options: EventReadOptions): AsyncIterable<Stored<SowerEvent>>;
  head(): Promise<LogHead>;
}

export interface DoneLedger {
  /** `exists` where the trial has a record already; the first one stays. */
  record(record: DoneRecord): Promise<'recorded' | 'exists'>;
  get(sweep: string, trial: string): Promise<DoneRecord | null>;
  read(options: ReadOptions): AsyncIterable<Stored<DoneRecord>>;
  /** Number of records of a sweep, counted by the server. */
  count(sweep: string): Promise<number>;
}

export interface Delivery {
  readonly item: WorkItem;
  /** Resets the server's 30 s redelivery timer; call every 10 s. */
  working(): void;
  /** Confirmed: resolves after the server removed the item. */
  ack(): Promise<void>;
  /** Puts the item back, to be delivered again after `delayMs`. */
  release(delayMs?: number): Promise<void>;
}

export interface WorkQueue {
  /** `exists` where this item and generation is queued already. */
  enqueue(item: WorkItem): Promise<'queued' | 'exists'>;
  /** The next item for one free slot of the pool, or null after `expiresMs` (1,000 at least) or abort. */
  pull(pool: string, expiresMs: number, signal?: AbortSignal): Promise<Delivery | null>;
  /** Creates the pool's consumer if it is not there; `slots` sizes its in-flight limit. */
  openPool(pool: string, slots: number): Promise<void>;
  /**
   * Makes every held item ready at once, with no wait for its lease to end. Only for a server that no agent uses: what an
   * agent holds would be delivered a second time.
   */
  reopenPool(pool: string, slots: number): Promise<void>;
  /** Items of a pool that are queued (`ready`) or held by agents (`held`). */
  depth(pool: string): Promise<{ readonly ready: number; readonly held: number }>;
  /** Items stored for a sweep, delivered or not. */
  stored(sweep: string): Promise<readonly { readonly item: string; readonly gen: number }[]>;
  /** Removes one stored generation of an item, held or not; false where it is not there. */
  remove(pool: string, sweep: string, item: string, gen: number): Promise<boolean>;
  /** Removes items of a sweep that nobody will deliver again (2.9.10 leaves such orphans after a crash). */
  removeOrphans(pool: string): Promise<number>;
  /** Removes all stored items of a sweep (cancel). */
  removeSweep(sweep: string): Promise<number>;
}

export interface ReportFeed {
  /** Never blocks and never throws; drops when the connection cannot keep up. */
  publish(report: TrialReport): void;
  /** Live reports from now on. */
  watch(sweep: string | null, listener: (report: TrialReport) => void): { stop(): void };
  /** Stored reports of one sweep, oldest first, as far as retention reaches. */
  read(options: ReadOptions): AsyncIterable<Stored<TrialReport>>;
}

export interface PresentAgent {
  readonly entry: PresenceEntry;
  /** Age of the entry by the server's stamps, ms. */
  readonly ageMs: number;
}

export interface PresenceBoard {
  /** Resolves when the server confirmed it; rejects after a few seconds. */
  put(entry: PresenceEntry): Promise<void>;
  remove(agent: string): Promise<void>;
  list(): Promise<readonly PresentAgent[]>;
}

/** The coordinator's lease (15 s): one holder at a time, renewed every 5 s. */
export interface LeaderLease {
  /** The fence `<bucket created>/<revision>` where the lease was free, else null. */
  acquire(holder: string): Promise<string | null>;
  /** The new fence; rejects where another holder took over or the server cannot be reached. */
  renew(holder: string): Promise<string>;
  release(holder: string): Promise<void>;
  holder(): Promise<string | null>;
}

export interface SweepShelf {
  /** `exists` where the same sweep id is shelved already (then it is the same content: the id holds its hash). */
  put(entry: SweepEntry): Promise<'stored' | 'exists'>;
  get(sweep: string): Promise<SweepEntry | null>;
  list(): Promise<readonly SweepEntry[]>;
}

/** An object on a shelf, by its content hash. */
export interface ShelvedObject {
  /** SHA-256 (hex) of its bytes. */
  readonly name: string;
  /** What people call it. */
  readonly title: string;
  /** One word that says what the bytes are to their reader: `file`, `folder`. */
  readonly kind: string;
  readonly bytes: number;
  /** When it was stored, ms since 1970, by the clock of who stored it. */
  readonly at: number;
}

export interface ObjectShelf {
  /** Write-once by name (a SHA-256); verified on the way out. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  get(name: string): Promise<Uint8Array | null>;
  /**
   * As `put`, for what is larger than memory: `open` yields the bytes from their start, again where a transfer has to be
   * begun anew. Rejects with E_OBJECT_DIGEST, and stores nothing, where they do not have the SHA-256 of the name.
   */
  putPieces(
    object: Pick<ShelvedObject, 'name' | 'title' | 'kind'>,
    open: () => AsyncIterable<Uint8Array>,
  ): Promise<'stored' | 'exists'>;
  find(name: string): Promise<ShelvedObject | null>;
  /**
   * The bytes of a stored object, piece by piece, across restarts of the server. Not verified: the reader hashes what it
   * takes. Throws E_OBJECT_DAMAGED where pieces are missing.
   */
  pieces(name: string): AsyncIterable<Uint8Array>;
  /** All objects, latest first. */
  list(): Promise<readonly ShelvedObject[]>;
  remove(name: string): Promise<void>;
}

export interface ControlLine {
  /** Sends a request to the coordinator; rejects with E_NO_COORDINATOR where none answers in time. */
  request(request: ControlRequest, timeoutMs?: number): Promise<ControlReply>;
  serve(handler: (request: ControlRequest) => Promise<ControlReply>): { stop(): void };
  /** Orders to every agent, lossy: stop work on a sweep. */
  orderStop(sweep: string): void;
  onStop(listener: (sweep: string) => void): { stop(): void };
}

export type BusStatus =
  | { readonly type: 'connected'; readonly server: string; readonly version: string }
  | { readonly type: 'disconnected' }
  | { readonly type: 'reconnected'; readonly server: string; readonly version: string }
  | { readonly type: 'closed'; readonly reason: string };

export interface Bus {
  readonly events: EventLog;
  readonly done: DoneLedger;
  readonly queue: WorkQueue;
  readonly reports: ReportFeed;
  readonly presence: PresenceBoard;
  readonly lead: LeaderLease;
  readonly sweeps: SweepShelf;
  readonly models: ObjectShelf;
  readonly data: ObjectShelf;
  readonly control: ControlLine;
  readonly serverVersion: string;
  readonly url: string;
  /** Creates streams and buckets that are missing; leaves existing ones as they are; refuses conflicting ones. */
  provision(): Promise<void>;
  roundTripMs(): Promise<number>;
  /** The state as it is now is the first word, unless the connection is down. */
  onStatus(listener: (status: BusStatus) => void): { stop(): void };
  /** Flushes what was published, then disconnects. */
  close(): Promise<void>;
}
