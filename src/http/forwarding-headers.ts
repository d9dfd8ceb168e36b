/** Headers that proxies add. The list cannot be complete; hence the warning in docs/inspector.md. */
const FORWARDING = new Set([
  'forwarded',
  'via',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-envoy-external-address',
  'x-azure-clientip',
  'true-client-ip',
  'cf-connecting-ip',
  'fastly-client-ip',
]);
const FORWARDING_PREFIXES = ['x-forwarded', 'x-original-'];

/** Whether headers show that a proxy has forwarded their request. @param headers Names in lower case. */
export function isForwarded(headers: Readonly<Record<string, string>>): boolean {
  return Object.keys(headers).some(
    (name) => FORWARDING.has(name) || FORWARDING_PREFIXES.some((prefix) => name.startsWith(prefix)),
  );
}
