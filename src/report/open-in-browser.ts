// Has the operator's desktop show a page. Knows nothing of what is on it.
import {HostError} from '../core/errors.ts';
import {platform} from 'node:os';
import type {Exec} from '../core/exec.ts';

/** @throws HostError where there is no desktop. */
export async function openInBrowser(
  place: string,
  {exec, env}: {readonly exec: Exec; readonly env: Readonly<Record<string, string | undefined>>},
): Promise<void> {
  const hint = `Open it yourself: ${place}`;
  const isDesktop = env.DISPLAY !== undefined || env.WAYLAND_DISPLAY !== undefined;
  if (platform() === 'linux' && !isDesktop)
    throw new HostError(
      'There is no desktop here to show it on: neither DISPLAY nor WAYLAND_DISPLAY is set.',
      hint,
    );
  try {
    await exec([platform() === 'darwin' ? 'open' : 'xdg-open', place], {timeoutMs: 20_000});
  } catch (error) {
    throw new HostError('The page could not be shown: xdg-open failed.', hint, {cause: error});
  }
}
