import { z } from 'zod';
import { sweepEntry } from './messages.ts';
import { PROTOCOL_VERSION } from './version.ts';

const v = z.literal(PROTOCOL_VERSION);

/** Requests a person's command sends to the coordinator on `ctl.coordinator.<verb>`. */
export const submitRequest = z.object({ v, verb: z.literal('submit'), entry: sweepEntry });
export const cancelRequest = z.object({ v, verb: z.literal('cancel'), sweep: z.string(), reason: z.string() });
export const controlRequest = z.discriminatedUnion('verb', [submitRequest, cancelRequest]);
export type ControlRequest = z.infer<typeof controlRequest>;

export const controlReply = z.discriminatedUnion('status', [
  /** `known`: the same sweep was submitted before; it goes on, nothing was added. */
  z.object({ status: z.literal('ok'), sweep: z.string(), planned: z.number().int(), known: z.boolean() }),
  z.object({ status: z.literal('refused'), code: z.string(), message: z.string(), fix: z.string().nullable() }),
]);
export type ControlReply = z.infer<typeof controlReply>;
