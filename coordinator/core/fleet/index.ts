export { fleetActor, hasEnded, poolSlots } from './fleet.ts';
export {
  type FleetCommand,
  type FleetEffect,
  type FleetEvent,
  PRESENCE_MAX_AGE_MS,
  type Sighting,
} from './messages.ts';
export { type FleetAgent, type FleetState, initialFleetState, openSlots } from './state.ts';
