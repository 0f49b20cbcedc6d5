// Has the operator's desktop show a page. Knows nothing of what is on it.
import {HostError} from '../core/errors.ts';
import {platform} from 'node:os';
import type {Exec} from '../core/exec.ts';

/** @param shown What a person opens in place of it. @throws HostError where there is no desktop. */
export async function openInBrowser(
  place: string,
  shown: string,
  {exec, env}: {readonly exec: Exec; readonly env: Readonly<Record<string, string | undefined>>},
): Promise<void> {
  const hint = `Open it yourself: ${shown}`;
  const isDesktop = env.DISPLAY !== undefined || env.WAYLAND_DISPLAY !== undefined;
  if (platform() === 'linux' && !isDesktop)
    throw new HostError(
      'There is no desktop here to show it on: neither DISPLAY nor WAYLAND_DISPLAY is set.',
      hint,
    );
  const opener = platform() === 'darwin' ? 'open' : 'xdg-open';
  // It may be the browser itself, which goes on: only what ends at once can have failed.
  const script = '"$0" "$1" </dev/null >/dev/null 2>&1 & sleep 2; kill -0 $! 2>/dev/null || wait $!';
  try {
    await exec(['sh', '-c', script, opener, place]);
  } catch (error) {
    throw new HostError(`The page could not be shown: ${opener} failed.`, hint, {cause: error});
  }
}
