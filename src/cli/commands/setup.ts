export async function run(_t: unknown, _o: {yes?: boolean; provider?: string; json?: boolean}): Promise<0> {
  await Promise.resolve();
  return 0;
}
