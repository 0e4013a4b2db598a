/** Small images inside the page: uncompressed bitmaps need no codec. Format: BITMAPFILEHEADER and BITMAPINFOHEADER, 24 bit. */
import type { StoredTensor } from './data.ts';

export type Rgb = readonly [number, number, number];

const HEADER_BYTES = 54;
const INFO_BYTES = 40;

/** A data URI of `height` x `width` pixels, from 0 to 255. */
export function bitmapUri(width: number, height: number, pixelAt: (x: number, y: number) => Rgb): string {
  const stride = Math.ceil((width * 3) / 4) * 4;
  const bytes = new Uint8Array(HEADER_BYTES + stride * height);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0x4d42, true);
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, HEADER_BYTES, true);
  view.setUint32(14, INFO_BYTES, true);
  view.setInt32(18, width, true);
  // Negative: the first row is the top one.
  view.setInt32(22, -height, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 24, true);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [red, green, blue] = pixelAt(x, y);
      bytes.set([blue, green, red], HEADER_BYTES + y * stride + x * 3);
    }
  }
  return `data:image/bmp;base64,${Buffer.from(bytes).toString('base64')}`;
}

export function tensorValues({ type, base64 }: StoredTensor): readonly number[] {
  const bytes = Buffer.from(base64, 'base64');
  if (type === 'uint8') return [...bytes];
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, i) => bytes.readFloatLE(i * 4));
}

/** An example's input as an image, its values spread from black to white; null where it is none. */
export function exampleUri(
  input: StoredTensor,
): { readonly uri: string; readonly width: number; readonly height: number } | null {
  const shape = input.shape.length === 2 ? [1, ...input.shape] : input.shape;
  const [channels, height, width] = shape;
  if (shape.length !== 3 || !(channels === 1 || channels === 3)) return null;
  const values = tensorValues(input);
  const plane = height! * width!;
  if (values.length !== channels * plane) return null;
  const low = input.type === 'uint8' ? 0 : values.reduce((least, value) => Math.min(least, value));
  const high = input.type === 'uint8' ? 255 : values.reduce((most, value) => Math.max(most, value));
  const level = (channel: number, at: number) =>
    Math.round((255 * (values[channel * plane + at]! - low)) / (high - low || 1));
  const uri = bitmapUri(width!, height!, (x, y) => {
    const at = y * width! + x;
    return channels === 1 ? [level(0, at), level(0, at), level(0, at)] : [level(0, at), level(1, at), level(2, at)];
  });
  return { uri, width: width!, height: height! };
}
