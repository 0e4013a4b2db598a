import { errors, type Msg } from '@nats-io/transport-node';
import { EXIT, SowerError } from '../../kernel/errors.ts';
import { type ControlReply, controlReply, controlRequest, subjects } from '../../protocol/index.ts';
import type { ControlLine } from '../port.ts';
import type { Link } from './link.ts';
import { encode } from './publisher.ts';
import { parseMessage } from './readable.ts';

const REQUEST_MS = 10_000;
/** A coordinator that dies over a request does not answer; the next one is asked again (requests are idempotent). */
const ATTEMPT_MS = 3_000;
const RETRY_MS = 200;
const COORDINATOR = 'coordinator';
const AGENTS = 'agents';

export function createControlLine(link: Link): ControlLine {
  return {
    async request(request, timeoutMs = REQUEST_MS) {
      const subject = subjects.control(COORDINATOR, request.verb);
      const bytes = encode(link, subject, request);
      const until = performance.now() + timeoutMs;
      while (await link.whenUp(until - performance.now())) {
        const leftMs = until - performance.now();
        if (leftMs <= 0) break;
        const message = await ask(link, subject, bytes, Math.min(leftMs, ATTEMPT_MS));
        if (message !== null) return readReply(message);
        await new Promise((wake) => setTimeout(wake, Math.min(RETRY_MS, leftMs)));
      }
      throw noCoordinator(link);
    },
    serve(handler) {
      const kind = { schema: controlRequest, subject: (r: { verb: string }) => subjects.control(COORDINATOR, r.verb) };
      const callback = async (error: Error | null, message: Msg) => {
        if (error !== null) return;
        const parsed = parseMessage(kind, message.subject, message.data);
        const reply =
          'value' in parsed
            ? await handler(parsed.value).catch((problem: unknown) => refusal(link, problem))
            : refused(
                'E_BAD_MESSAGE',
                `the request cannot be read: ${parsed.problem}`,
                'use the same version on both sides',
              );
        if (link.isUp()) message.respond(encode(link, message.subject, reply));
      };
      const listen = (error: Error | null, message: Msg) => void callback(error, message);
      const subscription = link.nc.subscribe(subjects.controlOf(COORDINATOR), { callback: listen });
      return { stop: () => subscription.unsubscribe() };
    },
    orderStop(sweep) {
      const subject = subjects.control(AGENTS, 'stop');
      if (link.isUp()) link.nc.publish(subject, encode(link, subject, { sweep }));
    },
    onStop(listener) {
      const callback = (error: Error | null, message: Msg) => {
        const sweep = error === null ? stoppedSweep(message) : null;
        if (sweep !== null) listener(sweep);
      };
      const subscription = link.nc.subscribe(subjects.control(AGENTS, 'stop'), { callback });
      return { stop: () => subscription.unsubscribe() };
    },
  };
}

/** null where nobody listens or answers in time. */
async function ask(link: Link, subject: string, bytes: Uint8Array, timeout: number): Promise<Msg | null> {
  try {
    return await link.nc.request(subject, bytes, { timeout });
  } catch (error) {
    if (error instanceof errors.PermissionViolationError) throw error;
    return null;
  }
}

function readReply(message: Msg): ControlReply {
  const parsed = parseMessage({ schema: controlReply, subject: () => message.subject }, message.subject, message.data);
  if ('value' in parsed) return parsed.value;
  throw new SowerError('E_BAD_REPLY', `the coordinator's answer cannot be read: ${parsed.problem}`, {
    fix: 'use the same version on both sides',
    exit: EXIT.unreachable,
  });
}

function refusal(link: Link, problem: unknown): ControlReply {
  if (problem instanceof SowerError) return refused(problem.code, problem.message, problem.fix ?? null);
  link.log('error', 'a control request failed', { problem: String(problem) });
  return refused('E_COORDINATOR', 'the coordinator failed on this request; its log says why', null);
}

function refused(code: string, message: string, fix: string | null): ControlReply {
  return { status: 'refused', code, message, fix };
}

function stoppedSweep(message: Msg): string | null {
  try {
    const { sweep } = message.json<{ sweep?: unknown }>();
    return typeof sweep === 'string' ? sweep : null;
  } catch {
    return null;
  }
}

function noCoordinator(link: Link): SowerError {
  return new SowerError('E_NO_COORDINATOR', 'no coordinator answers', {
    where: link.url,
    fix: `start one: npx sower coordinator --nats ${link.url}`,
    exit: EXIT.unreachable,
  });
}
