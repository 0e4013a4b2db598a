import { BUCKET } from '../../protocol/index.ts';
import type { PresenceBoard, PresentAgent } from '../port.ts';
import { KIND } from './kinds.ts';
import { listLatest } from './latest.ts';
import type { Link } from './link.ts';
import { publishWithin } from './publisher.ts';
import { parseMessage } from './readable.ts';
import { bucketStream, keySubject } from './streams.ts';

const PUT_MS = 4_000;

export function createPresenceBoard(link: Link): PresenceBoard {
  return {
    async put(entry) {
      await publishWithin(link, KIND.presence.subject(entry), entry, PUT_MS);
    },
    async remove(agent) {
      const subject = keySubject(BUCKET.presence, agent);
      await publishWithin(link, subject, null, PUT_MS, (headers) => headers.set('KV-Operation', 'DEL'));
    },
    async list() {
      const listed = await listLatest(link, bucketStream(BUCKET.presence), keySubject(BUCKET.presence, '*'));
      const agents: PresentAgent[] = [];
      for (const message of listed.messages) {
        const parsed = parseMessage(KIND.presence, message.subject, message.data);
        // Both stamps are the server's; an entry put after the list was begun is new.
        const ageMs = Math.max(0, listed.serverNow - message.time.getTime());
        if ('value' in parsed) agents.push({ entry: parsed.value, ageMs });
        else link.log('warn', 'a presence entry cannot be read', { subject: message.subject, problem: parsed.problem });
      }
      return agents;
    },
  };
}
