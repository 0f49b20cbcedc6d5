// Which mirror Maven asks in place of a repository. Pure; as DefaultMirrorSelector of Maven 3.9 has it.
import {isLoopback} from '../core/proxies.ts';

export interface Repository {
  readonly id: string;
  readonly url: string;
}

/** A mirror that names the repository alone comes before those with patterns; else the first that fits. */
export function findMirrorOf<Mirror extends {readonly of: string}>(
  mirrors: readonly Mirror[],
  repository: Repository,
): Mirror | undefined {
  return mirrors.find(({of}) => of === repository.id) ?? mirrors.find(({of}) => isMirrorOf(of, repository));
}

function isMirrorOf(pattern: string, {id, url}: Repository): boolean {
  const words = pattern.split(',').map((word) => word.trim());
  if (words.includes(`!${id}`)) return false;
  const {protocol, hostname} = URL.canParse(url) ? new URL(url) : {protocol: '', hostname: ''};
  const isExternal = protocol !== 'file:' && !isLoopback(hostname);
  return words.some(
    (word) =>
      word === '*' ||
      word === id ||
      (word === 'external:*' && isExternal) ||
      (word === 'external:http:*' && isExternal && protocol === 'http:'),
  );
}
