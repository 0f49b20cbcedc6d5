// Opens files that others may have made: a guest, an archive, another user. Never through a link at the end of the
// path, never anything but a regular file, and never waiting for one. Knows no file's meaning.
import {constants} from 'node:fs';
import {open, type FileHandle} from 'node:fs/promises';
import {hasErrorCode} from './errors.ts';

/** What is there is a link, a folder, a pipe, a socket or a device. */
export class NotRegularError extends Error {
  /** As Node's own errors have it, so that callers can tell it apart without this class. */
  readonly code = 'ENOTREG';

  constructor(path: string) {
    super(`${path} is not a regular file`);
    this.name = new.target.name;
  }
}

/** A FIFO without a writer is opened at once, and a terminal does not become ours. */
const careful = constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Opens for reading. The folders on the way are the caller's to know: only the last name is not followed.
 * @returns An open file; the caller closes it.
 * @throws NotRegularError, or what the file system says, such as ENOENT.
 */
export async function openRegular(path: string): Promise<FileHandle> {
  const handle = await open(path, constants.O_RDONLY | careful).catch((error: unknown) => {
    // ELOOP: a link (source: open(2)); ENXIO: a socket.
    throw hasErrorCode(error, 'ELOOP', 'ENXIO') ? new NotRegularError(path) : error;
  });
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new NotRegularError(path);
}

/**
 * Reads a small file whole.
 * @param limitBytes More than this is refused before it is read.
 * @throws As `openRegular`, and Error when the file is larger.
 */
export async function readRegular(path: string, limitBytes = 64 * 1024 * 1024): Promise<Buffer> {
  const handle = await openRegular(path);
  try {
    const {size} = await handle.stat();
    if (size > limitBytes) throw new Error(`${path} has ${size} bytes, more than ${limitBytes}`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/**
 * Writes a new file beside others that somebody else named.
 * @param mode Of the file, whatever the umask is.
 * @throws EEXIST when anything is there, a link included.
 */
export async function writeNew(path: string, text: string | Buffer, mode: number): Promise<void> {
  const handle = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | careful, 0o600);
  try {
    await handle.writeFile(text);
    await handle.chmod(mode);
  } finally {
    await handle.close();
  }
}
