import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import { errors, RequestError } from '@nats-io/transport-node';
import { EXIT, SowerError } from '../../kernel/errors.ts';

/**
 * What a failed request means.
 * `unknown`: no answer, it may or may not have happened. `silent`: nobody listens on the subject, for example while the
 * server opens its streams. `busy`: the server says to come back later. `closed`: this connection is over.
 */
export type FailureKind = 'unknown' | 'silent' | 'busy' | 'closed' | 'refused';

/** Numbers of the JetStream API that the client library does not name. */
const CODE = {
  insufficientStorage: 10047,
  storeFailed: 10077,
  notEnabled: 10076,
  notAvailable: 10008,
  tooMany: 10167,
  sequenceMissing: 10043,
  deleteFailed: 10057,
  nameTaken: 10058,
  subjectsOverlap: 10065,
};
const BUSY_CODES: readonly number[] = [CODE.notEnabled, CODE.notAvailable, CODE.tooMany];
const FULL = /maximum bytes|maximum messages exceeded|no space left|insufficient|resource limits|maximum store/i;

export function failureKind(error: unknown): FailureKind {
  if (error instanceof errors.TimeoutError) return 'unknown';
  if (error instanceof errors.ClosedConnectionError || error instanceof errors.DrainingConnectionError) return 'closed';
  if (isNoResponders(error)) return 'silent';
  if (error instanceof JetStreamApiError) {
    if (BUSY_CODES.includes(error.code)) return 'busy';
    // The store is closing (a server that shuts down) unless it says that it is full.
    if (error.code === CODE.storeFailed && !isSubjectTaken(error) && !isStoreFull(error)) return 'busy';
    return 'refused';
  }
  if (error instanceof RequestError || error instanceof errors.ConnectionError) return 'unknown';
  return 'refused';
}

/** Nobody listens on the subject; JetStream requests wrap this into "not enabled", whatever the reason. */
export function isNoResponders(error: unknown): boolean {
  if (error instanceof errors.NoRespondersError) return true;
  if (error instanceof RequestError) return error.isNoResponders();
  return error instanceof Error && error.name === 'JetStreamNotEnabled';
}

/** The stream admits one message per subject and has it already. */
export function isSubjectTaken(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === CODE.storeFailed && /per subject/.test(error.message);
}

export function isStoreFull(error: unknown): boolean {
  if (!(error instanceof JetStreamApiError)) return false;
  return error.code === CODE.insufficientStorage || (error.code === CODE.storeFailed && FULL.test(error.message));
}

/** The expected last sequence of a subject was another one: somebody else wrote. */
export function isWrongSequence(error: unknown): boolean {
  if (!(error instanceof JetStreamApiError)) return false;
  const codes: readonly number[] = [
    JetStreamApiCodes.StreamWrongLastSequence,
    JetStreamApiCodes.StreamWrongLastSequenceUnknown,
  ];
  return codes.includes(error.code);
}

export function isStreamMissing(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;
}

/** A stream of this name, or one that takes the same subjects, is there; somebody may have made it a moment ago. */
export function isStreamTaken(error: unknown): boolean {
  return error instanceof JetStreamApiError && [CODE.nameTaken, CODE.subjectsOverlap].includes(error.code);
}

export function isConsumerMissing(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === JetStreamApiCodes.ConsumerNotFound;
}

/** No message has this sequence, or no longer. */
export function isMessageMissing(error: unknown): boolean {
  if (!(error instanceof JetStreamApiError)) return false;
  const codes: readonly number[] = [JetStreamApiCodes.NoMessageFound, CODE.sequenceMissing, CODE.deleteFailed];
  return codes.includes(error.code);
}

export function unreachable(url: string, cause?: unknown): SowerError {
  return new SowerError('E_NATS_UNREACHABLE', 'no NATS server answers', {
    where: url,
    fix: 'start nats-server there, or give another --nats URL',
    exit: EXIT.unreachable,
    cause,
  });
}

export function closedBus(url: string): SowerError {
  return new SowerError('E_NATS_CLOSED', 'the connection was closed', { where: url, exit: EXIT.unreachable });
}

export function notProvisioned(url: string, cause: unknown): SowerError {
  return new SowerError('E_NATS_NOT_PROVISIONED', "this server has none of Sower's streams", {
    where: url,
    fix: 'start a coordinator on it first: npx sower coordinator --nats URL',
    exit: EXIT.notFound,
    cause,
  });
}

/** The person's words for what the client library threw; errors that are ours already pass. */
export function translate(error: unknown, url: string): Error {
  if (error instanceof SowerError) return error;
  if (isStreamMissing(error) || failureKind(error) === 'silent') return notProvisioned(url, error);
  if (isStoreFull(error)) {
    return new SowerError('E_NATS_STORE_FULL', `the server stores no more: ${(error as Error).message}`, {
      where: url,
      fix: 'free disk space or raise the limits of the stream, then restart nats-server',
      exit: EXIT.unreachable,
      cause: error,
    });
  }
  if (error instanceof errors.PermissionViolationError || error instanceof errors.AuthorizationError) {
    const message = `the server refused: ${error.message}`;
    return new SowerError('E_NATS_AUTH', message, {
      where: url,
      fix: 'use a server or an account that may do this: Sower brings no credentials yet',
      exit: EXIT.notPermitted,
      cause: error,
    });
  }
  if (failureKind(error) === 'closed') return closedBus(url);
  if (failureKind(error) === 'unknown') return unreachable(url, error);
  return error instanceof Error ? error : new Error(String(error));
}
