/** NVIDIA's libraries as wheels, with the sums and sizes that the package index gave when they were pinned. */
import { ONNXRUNTIME_VERSION } from '../../agent/engine/run/cuda-libraries.ts';
import type { Wheel } from './wheel.ts';

function wheel(project: string, version: string, tag: string, bytes: number, sha256: string): Wheel {
  return { project, version, file: `${project.replaceAll('-', '_')}-${version}-py3-none-${tag}.whl`, sha256, bytes };
}

const OLD_LINUX = 'manylinux1_x86_64';

/** What the `and-cuda` extra of TensorFlow 2.15.1 asks for: CUDA 12.2, cuDNN 8.9. */
export const CUDA_12_WHEELS: readonly Wheel[] = [
  wheel(
    'nvidia-cublas-cu12',
    '12.2.5.6',
    OLD_LINUX,
    417_825_305,
    'f448d8db463f9a2c7dd9a1e607c0961d3e95f825b86839c5882f7d073d406df0',
  ),
  wheel(
    'nvidia-cuda-cupti-cu12',
    '12.2.142',
    OLD_LINUX,
    13_900_552,
    'ce68d1009dd14215e38ed49643d31374c71d6fea381181cb0b9da7f19dfd1624',
  ),
  wheel(
    'nvidia-cuda-nvcc-cu12',
    '12.2.140',
    OLD_LINUX,
    21_319_729,
    'c6ff4ae7a636eb6cab7621191e19ac3779690686bbcf52c04d8b1ca2944e1e27',
  ),
  wheel(
    'nvidia-cuda-nvrtc-cu12',
    '12.2.140',
    OLD_LINUX,
    23_430_053,
    'b1cdcae6443cb7cdcfb5d1bf51896a148c9f82f9e65b27db9ab095eaed689aa7',
  ),
  wheel(
    'nvidia-cuda-runtime-cu12',
    '12.2.140',
    OLD_LINUX,
    845_802,
    'acb9cb7e44594a3512533497ea790d9f0b0e399abcc888584c157d1ffa080e41',
  ),
  wheel(
    'nvidia-cudnn-cu12',
    '8.9.4.25',
    OLD_LINUX,
    720_096_787,
    '9f882d5b11753c566fd32427839089eb4f8ba7a58c28446ad359e32c40229723',
  ),
  wheel(
    'nvidia-cufft-cu12',
    '11.0.8.103',
    OLD_LINUX,
    98_570_970,
    '72e961e578f9be9e316ccb4db8652c421dd0b57442624faa71061d452f449a67',
  ),
  wheel(
    'nvidia-curand-cu12',
    '10.3.3.141',
    OLD_LINUX,
    56_463_566,
    '7b6bad6817b5df2a6f5ec221206fb895d9195fdd7d2443f3e86554108c141a0a',
  ),
  wheel(
    'nvidia-cusolver-cu12',
    '11.5.2.141',
    OLD_LINUX,
    124_890_758,
    '5a85c4653ce34339a5688137f494a0f903e0f0532418550998167f00844161da',
  ),
  wheel(
    'nvidia-cusparse-cu12',
    '12.1.2.141',
    OLD_LINUX,
    195_268_625,
    '4e13d6a51d2303dcb2a023ba09546811161f0334fc64e13689397bbd3b1eb126',
  ),
  wheel(
    'nvidia-nccl-cu12',
    '2.16.5',
    OLD_LINUX,
    188_657_797,
    '84695a4248138fb2ca12f5fd3defe986e790e71ccdaad51b2ca34ca4e83ef421',
  ),
  wheel(
    'nvidia-nvjitlink-cu12',
    '12.2.140',
    OLD_LINUX,
    20_177_273,
    '95635cafbf9f96c38bea5200ab145a2e6aefbb5405e0b04c1e4ba54df2d84ec9',
  ),
];

/** Of the same release as onnxruntime-node; built for CUDA 13. */
export const ONNXRUNTIME_GPU_WHEEL: Wheel = {
  project: 'onnxruntime-gpu',
  version: ONNXRUNTIME_VERSION,
  file: `onnxruntime_gpu-${ONNXRUNTIME_VERSION}-cp311-cp311-manylinux_2_28_x86_64.whl`,
  sha256: '4fbf0c5d7b5fb99266c2e8a802e3e64af68bdc383e0f3c7349b985f1087eedaa',
  bytes: 246_658_419,
};

/** What its extras `cuda` and `cudnn` ask for, of CUDA 13.0: it needs a driver of release 580 or newer. */
export const CUDA_13_WHEELS: readonly Wheel[] = [
  wheel(
    'nvidia-cublas',
    '13.1.0.3',
    'manylinux_2_27_x86_64',
    423_133_236,
    'ee8722c1f0145ab246bccb9e452153b5e0515fd094c3678df50b2a0888b8b171',
  ),
  wheel(
    'nvidia-cuda-nvrtc',
    '13.0.88',
    'manylinux2010_x86_64.manylinux_2_12_x86_64',
    90_215_200,
    'ad9b6d2ead2435f11cbb6868809d2adeeee302e9bb94bcf0539c7a40d80e8575',
  ),
  wheel(
    'nvidia-cuda-runtime',
    '13.0.96',
    'manylinux2014_x86_64.manylinux_2_17_x86_64',
    2_243_632,
    '7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548',
  ),
  wheel(
    'nvidia-cudnn-cu13',
    '9.15.1.9',
    'manylinux_2_27_x86_64',
    351_298_418,
    'ebc9a647918df0d7298d67cfaf41579fd4c78ead9aba246f5ad9414d61b9ec4c',
  ),
  wheel(
    'nvidia-cufft',
    '12.0.0.61',
    'manylinux2014_x86_64.manylinux_2_17_x86_64',
    214_085_489,
    '6c44f692dce8fd5ffd3e3df134b6cdb9c2f72d99cf40b62c32dde45eea9ddad3',
  ),
  wheel(
    'nvidia-curand',
    '10.4.0.35',
    'manylinux_2_27_x86_64',
    59_544_258,
    '1aee33a5da6e1db083fe2b90082def8915f30f3248d5896bcec36a579d941bfc',
  ),
  wheel(
    'nvidia-nvjitlink',
    '13.0.88',
    'manylinux2010_x86_64.manylinux_2_12_x86_64',
    40_713_933,
    '13a74f429e23b921c1109976abefacc69835f2f433ebd323d3946e11d804e47b',
  ),
];
