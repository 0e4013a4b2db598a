import type { Msg } from '@nats-io/transport-node';
import { STREAM, subjects, type TrialReport } from '../../protocol/index.ts';
import type { ReportFeed } from '../port.ts';
import { KIND } from './kinds.ts';
import type { Link } from './link.ts';
import { readOrdered } from './ordered-read.ts';
import { encode } from './publisher.ts';
import { parseMessage } from './readable.ts';

/** Reports sent since the server last answered a ping; beyond it they are dropped instead of filling memory. */
const UNCONFIRMED_LIMIT = 8_192;
const LIVE_PREFIX = subjects.live('');

export function createReportFeed(link: Link): ReportFeed {
  let unconfirmed = 0;
  let flushing = false;

  const confirm = async () => {
    flushing = true;
    const sent = unconfirmed;
    await link.nc.flush().catch(() => undefined);
    unconfirmed -= sent;
    flushing = false;
  };

  return {
    publish(report) {
      if (!link.isUp() || unconfirmed >= UNCONFIRMED_LIMIT) return;
      try {
        const subject = KIND.report.subject(report);
        link.nc.publish(subject, encode(link, subject, report));
        unconfirmed++;
        if (!flushing) void confirm();
      } catch (error) {
        link.log('debug', 'a report was dropped', { problem: (error as Error).message });
      }
    },
    watch(sweep, listener) {
      const callback = (error: Error | null, message: Msg) => {
        const report = error === null ? parseLive(message) : null;
        if (report !== null) listener(report);
      };
      const subscription = link.nc.subscribe(subjects.live(subjects.reportsOf(sweep ?? '*')), { callback });
      return { stop: () => subscription.unsubscribe() };
    },
    read: (options) =>
      readOrdered(
        link,
        {
          stream: STREAM.metrics,
          kind: KIND.report,
          ...(options.sweep === undefined ? {} : { filter: subjects.reportsOf(options.sweep) }),
        },
        options,
      ),
  };
}

function parseLive(message: Msg): TrialReport | null {
  const parsed = parseMessage(KIND.report, message.subject.slice(LIVE_PREFIX.length), message.data);
  return 'value' in parsed ? parsed.value : null;
}
