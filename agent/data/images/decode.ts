/** Pictures as pixels, with the one library that knows their formats. */
import type { Sharp } from 'sharp';
import { SowerError } from '../../../shared/kernel/errors.ts';

export interface ImageForm {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

export interface ImageDecoder {
  /** What the pixels depend on beside the picture. */
  readonly version: string;
  /** Size and channels as the picture is looked at. Throws E_DATA_FORMAT naming `where`. */
  measure(bytes: Uint8Array, where: string): Promise<ImageForm>;
  /**
   * Brought to the form: turned as its camera held it, what shines through on white, stretched where its sides differ,
   * channel by channel. Throws E_DATA_FORMAT naming `where`.
   */
  decode(bytes: Uint8Array, form: ImageForm, where: string): Promise<Uint8Array>;
}

/** Larger pictures are no training data but an attack on memory. */
const MOST_PIXELS = 100_000_000;

const FORMATS = ['Png', 'Jpeg', 'Webp', 'Nsgif', 'Tiff', 'Heif'];

/** Loaded when it is needed: most trials see no picture. Throws E_DATA_DECODER. */
export async function loadDecoder(): Promise<ImageDecoder> {
  const { default: sharp } = await import('sharp').catch((cause) => {
    throw new SowerError('E_DATA_DECODER', 'the library that decodes pictures (sharp) cannot be loaded', {
      fix: 'run "npm install --include=optional" where Sower is installed',
      cause,
    });
  });
  // Pictures are decoded side by side, each by one thread and with the same arithmetic on every processor.
  sharp.concurrency(1);
  sharp.cache(false);
  sharp.simd(false);
  // What is named like a picture may be a drawing or a document, which the library would run or render.
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: FORMATS.map((format) => `VipsForeignLoad${format}`) });
  const open = (bytes: Uint8Array, where: string) => {
    if (bytes.length === 0) throw undecodable(where, 'it is empty');
    return sharp(bytes, { limitInputPixels: MOST_PIXELS, failOn: 'error' });
  };
  return {
    version: `libvips ${sharp.versions.vips}`,
    measure: async (bytes, where) => measure(open(bytes, where), where),
    decode: async (bytes, form, where) => decode(open(bytes, where), form, where),
  };
}

async function measure(image: Sharp, where: string): Promise<ImageForm> {
  const { autoOrient, channels } = await image.metadata().catch((cause) => {
    throw undecodable(where, cause);
  });
  return { height: autoOrient.height, width: autoOrient.width, channels: channels < 3 ? 1 : 3 };
}

async function decode(image: Sharp, { height, width, channels }: ImageForm, where: string): Promise<Uint8Array> {
  const { data, info } = await image
    .autoOrient()
    .flatten({ background: 'white' })
    .resize(width, height, { fit: 'fill' })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((cause) => {
      throw undecodable(where, cause);
    });
  const pixels = height * width;
  const planes = new Uint8Array(channels * pixels);
  for (let channel = 0; channel < channels; channel++) {
    // Grey pictures that are to be in colour may keep their one channel.
    const from = Math.min(channel, info.channels - 1);
    for (let pixel = 0; pixel < pixels; pixel++) planes[channel * pixels + pixel] = data[pixel * info.channels + from]!;
  }
  return planes;
}

function undecodable(where: string, cause: unknown): SowerError {
  const reason = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]!.trim();
  // What the library says of a picture that was cut short.
  const why = /^unknown error$/i.test(reason) ? '' : ` (${reason})`;
  return new SowerError('E_DATA_FORMAT', `it cannot be decoded as a picture${why}`, {
    where,
    fix: 'replace it by an intact picture, or take it out',
    cause,
  });
}
