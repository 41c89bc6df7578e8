/**
 * Which addresses an installation may be made to call. Whoever may set up a route could otherwise reach what only this
 * machine can: databases, metadata services, other people's loopback.
 */
import { BlockList, isIP } from "node:net";

/** Loopback, private, link-local, shared, multicast, documentation and unspecified ranges (RFC 6890 and successors). */
const NOT_PUBLIC: readonly (readonly [string, number, "ipv4" | "ipv6"])[] = [
  ["0.0.0.0", 8, "ipv4"],
  ["10.0.0.0", 8, "ipv4"],
  ["100.64.0.0", 10, "ipv4"],
  ["127.0.0.0", 8, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["192.0.0.0", 24, "ipv4"],
  ["192.0.2.0", 24, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["198.18.0.0", 15, "ipv4"],
  ["198.51.100.0", 24, "ipv4"],
  ["203.0.113.0", 24, "ipv4"],
  ["224.0.0.0", 3, "ipv4"],
  ["::", 127, "ipv6"],
  ["64:ff9b::", 96, "ipv6"],
  ["100::", 64, "ipv6"],
  ["2001:db8::", 32, "ipv6"],
  ["2002::", 16, "ipv6"],
  ["fc00::", 7, "ipv6"],
  ["fe80::", 10, "ipv6"],
  ["ff00::", 8, "ipv6"],
];

export interface AddressGuard {
  /** Whether a host name or address was allowed by name or range: it may be called whatever it resolves to, and without TLS. */
  isTrusted: (host: string) => boolean;
  /** Whether a resolved address may be called. */
  allowsAddress: (address: string) => boolean;
}

/**
 * @param allowed host names (`chat.internal`), addresses or ranges (`10.1.0.0/16`) that may be called although they are not
 *   public.
 * @throws RangeError for a range that is none.
 */
export function createAddressGuard(allowed: readonly string[]): AddressGuard {
  const blocked = new BlockList();
  for (const [network, prefix, family] of NOT_PUBLIC) blocked.addSubnet(network, prefix, family);
  const open = new BlockList();
  const names = new Set<string>();
  for (const entry of allowed) {
    const [network = "", prefix] = entry.split("/");
    const family = isIP(network);
    if (family === 0) names.add(entry.toLowerCase());
    else if (prefix === undefined) open.addAddress(network, familyOf(network));
    else open.addSubnet(network, Number(prefix), familyOf(network));
  }
  const isOpen = (address: string): boolean => open.check(address, familyOf(address));
  return {
    isTrusted: (host) => names.has(host.toLowerCase()) || (isIP(host) !== 0 && isOpen(unmapped(host))),
    allowsAddress: (address) => {
      const plain = unmapped(address);
      return isOpen(plain) || !blocked.check(plain, familyOf(plain));
    },
  };
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}

/** `::ffff:127.0.0.1` is `127.0.0.1`. */
function unmapped(address: string): string {
  const [, v4] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  return v4 ?? address;
}
