// Web origins: `https://shop.example.com`, or `https://*.example.com` for everything below a domain.
import { Failure } from "../wardgate-policy.js";

const NAME = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

/** Checks an origin of the settings. */
export function checkOrigin(origin) {
  const [, scheme, host, port] = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(\[[^\]]*\]|[^:]*)(?::([0-9]{1,5}))?$/.exec(origin) ?? [];
  if ((scheme === "https" && port === "443") || (scheme === "http" && port === "80")) {
    throw new Failure("browsers leave out the scheme's own port, so leave it out here too");
  }
  if (scheme === undefined || !isHost(host.startsWith("*.") ? host.slice(2) : host) || Number(port ?? 0) > 65535) {
    throw new Failure("not an origin such as https://shop.example.com or https://*.example.com:8443");
  }
  return origin;
}

/** Whether a call's origin is one of those of the settings. Scheme and host know no case. */
export function isAmong(origin, origins) {
  // Beyond ASCII there are letters whose lower case is an ASCII one.
  if (!/^[\x20-\x7e]*$/.test(origin)) return false;
  const given = origin.toLowerCase();
  return origins.some((allowed) => {
    const [start, end] = allowed.toLowerCase().split("*");
    if (end === undefined) return given === start;
    const fits = given.length > start.length + end.length && given.startsWith(start) && given.endsWith(end);
    // Anything but labels between a scheme and a domain, such as `evil.example/` or `user@`, is somebody else's origin.
    return fits && NAME.test(given.slice(start.length, given.length - end.length));
  });
}

function isHost(text) {
  return text.startsWith("[") ? isIpv6(text.slice(1, -1)) : NAME.test(text);
}

function isIpv6(text) {
  const halves = text.split("::").map((half) => (half === "" ? [] : half.split(":")));
  const groups = halves.flat();
  const last = groups.at(-1);
  if (last !== undefined && isIpv4(last) && text.endsWith(last)) groups.splice(-1, 1, "0", "0");
  const isWhole = halves.length === 1 ? groups.length === 8 : halves.length === 2 && groups.length <= 7;
  return isWhole && groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group));
}

function isIpv4(text) {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256);
}
