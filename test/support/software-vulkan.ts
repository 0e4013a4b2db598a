/** A Vulkan driver that computes on the CPU, which Debian's chromium brings along. */
import { existsSync } from 'node:fs';

const DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json';
const LOADERS = ['/usr/lib/x86_64-linux-gnu/libvulkan.so.1', '/usr/lib/aarch64-linux-gnu/libvulkan.so.1'];

/** Environment for processes that are to use it; null where it is not installed. */
export function softwareVulkan(): { readonly VK_ICD_FILENAMES: string } | null {
  return existsSync(DRIVER) && LOADERS.some((path) => existsSync(path)) ? { VK_ICD_FILENAMES: DRIVER } : null;
}

/** For the names of tests. */
export const SOFTWARE_VULKAN = "a software adapter (Debian's chromium and libvulkan1)";
