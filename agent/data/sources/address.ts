/** Which machines an address on the network means. */
import { BlockList, isIP } from 'node:net';

/** `self`: this machine. `local`: only seen from here (link-local, multicast). `private`: a network of one's own. */
export type Reach = 'self' | 'local' | 'private' | 'public';

function listOf(networks: readonly (readonly [address: string, prefix: number])[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of networks) list.addSubnet(address, prefix, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  return list;
}

const SELF = listOf([
  ['127.0.0.0', 8],
  ['0.0.0.0', 8],
  ['::', 127],
]);
const LOCAL = listOf([
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
  ['fe80::', 10],
  ['ff00::', 8],
]);
/** RFC 1918, RFC 6598 (carriers), RFC 4193. */
const PRIVATE = listOf([
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['fc00::', 7],
]);

/** `address` is an IPv4 or IPv6 address; an IPv4 address written as IPv6 is taken for what it is. */
export function reachOf(address: string): Reach {
  const plain = mappedIpv4(address) ?? address;
  const family = isIP(plain) === 6 ? 'ipv6' : 'ipv4';
  if (SELF.check(plain, family)) return 'self';
  if (LOCAL.check(plain, family)) return 'local';
  return PRIVATE.check(plain, family) ? 'private' : 'public';
}

/** `::ffff:10.0.0.1` and `::ffff:a00:1` are 10.0.0.1, and so is `64:ff9b::a00:1` behind a translator (RFC 6052). */
function mappedIpv4(address: string): string | null {
  if (isIP(address) !== 6) return null;
  const tail = /^(?:(?:0{0,4}:){2,5}ffff:|(?:0{0,2}64:ff9b:)(?:0{0,4}:){1,4})([0-9a-f.:]+)$/i.exec(address)?.[1];
  if (tail === undefined) return null;
  if (isIP(tail) === 4) return tail;
  const [low = 0, high = 0] = tail
    .split(':')
    .map((part) => Number.parseInt(part, 16))
    .reverse();
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
