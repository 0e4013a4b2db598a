/**
 * `nvidia-smi --query-gpu=... --format=csv,noheader,nounits`, read. Fields a card or driver does not have come as
 * `[N/A]`, `N/A` or `[Not Supported]` (utilization of a card in MIG mode, for one) and become null.
 */
import type { GpuState } from '../../../shared/protocol/index.ts';

export const GPU_QUERY = 'index,uuid,name,utilization.gpu,memory.used,memory.total,temperature.gpu';
const FIELDS_AFTER_NAME = 4;
const MIB = 1024 * 1024;

/** One entry per line that describes a GPU, in order of index; other lines (warnings, driver errors) are passed over. */
export function parseGpuQuery(text: string): readonly GpuState[] {
  const gpus: GpuState[] = [];
  for (const line of text.split(/\r?\n/)) {
    const cells = line.split(',').map((cell) => cell.trim());
    const index = readNumber(cells[0]);
    const uuid = cells[1] ?? '';
    if (cells.length < 3 + FIELDS_AFTER_NAME || index === null || !uuid.startsWith('GPU-')) continue;
    const [utilization, used, total, temperature] = cells.slice(-FIELDS_AFTER_NAME).map(readNumber);
    gpus.push({
      index,
      uuid,
      name: cells.slice(2, -FIELDS_AFTER_NAME).join(', '),
      utilization: utilization == null ? null : utilization / 100,
      memoryUsedBytes: used == null ? null : used * MIB,
      memoryTotalBytes: total == null ? null : total * MIB,
      temperatureCelsius: temperature ?? null,
    });
  }
  return gpus.sort((a, b) => a.index - b.index);
}

function readNumber(cell: string | undefined): number | null {
  return cell !== undefined && /^-?\d+(\.\d+)?$/.test(cell) ? Number(cell) : null;
}
