export {
  type HttpReply,
  type HttpRoutes,
  jsonReply,
  metricsRoute,
  parseListen,
  type RunningHttp,
  startHttp,
  textReply,
} from './http.ts';
export type { MetricSpec } from './metric-spec.ts';
export { type LabelOf, METRICS, type MetricKey } from './names.ts';
export { createMetricRegistry, type MetricRegistry } from './registry.ts';
