// The ways to log in over ssh: agent, keys, password. Knows where no key lies; texts and questions are passed in.
import ssh2, {type AnyAuthMethod, type IdentityCallback, type ParsedKey} from 'ssh2';
import {asError} from './errors.ts';

/** One way to prove who we are. */
export type Login =
  | {
      readonly type: 'agent';
      /** Path of its socket. */
      readonly socket: string;
      /** Public keys in base64; only these are offered. Default: all that it holds. */
      readonly only?: readonly string[] | undefined;
    }
  | {
      readonly type: 'key';
      readonly path: string;
      /** PEM or OpenSSH. */
      readonly text: string;
      /** Asked only when the key has one and its turn has come. */
      readonly askPassphrase?: () => Promise<string>;
    }
  | {readonly type: 'password'; readonly ask: (prompt: string) => Promise<string>};

/** Whether a person may be asked, which takes its time. */
export function isAsking(login: Login): boolean {
  return login.type === 'password' || (login.type === 'key' && login.askPassphrase !== undefined);
}

/** Only those keys of an agent that the operator's configuration names. */
class PickyAgent extends ssh2.OpenSSHAgent {
  constructor(
    socket: string,
    readonly only: readonly string[] | undefined,
  ) {
    super(socket);
  }

  override getIdentities(answer: IdentityCallback<ParsedKey>): void {
    super.getIdentities((error, keys = []) => {
      // OpenSSHAgent hands out parsed keys, whatever the types say.
      const offered = (keys as readonly ParsedKey[]).filter(
        (key) => this.only?.includes(key.getPublicSSH().toString('base64')) ?? true,
      );
      answer(error, offered);
    });
  }
}

export interface LoginAttempts {
  readonly handler: ssh2.AuthHandlerMiddleware;
  /** Filled while it goes on. */
  readonly notes: readonly string[];
  /** Methods that the server would take. */
  readonly offered: readonly string[];
}

/** Tries the logins in turn. As OpenSSH does, `none` comes first: the answer names what the server takes. */
export function createLogin(username: string, logins: readonly Login[]): LoginAttempts {
  const notes: string[] = [];
  const offered: string[] = [];
  const queue = [...logins];
  const choose = async (methods: readonly string[]): Promise<AnyAuthMethod | false> => {
    for (let login = queue.shift(); login !== undefined; login = queue.shift()) {
      if (login.type === 'password') {
        const {ask} = login;
        if (methods.includes('password'))
          return {type: 'password', username, password: await ask(`Password of ${username}`)};
        if (!methods.includes('keyboard-interactive')) continue;
        const prompt: ssh2.KeyboardInteractiveAuthMethod['prompt'] = (
          _name,
          _text,
          _language,
          questions,
          answer,
        ) => {
          void answerAll(questions, ask).then(answer, () => answer([]));
        };
        return {type: 'keyboard-interactive', username, prompt};
      }
      if (!methods.includes('publickey')) continue;
      if (login.type === 'agent')
        return {type: 'agent', username, agent: new PickyAgent(login.socket, login.only)};
      const key = await openKey(login, notes);
      if (key !== undefined) return {type: 'publickey', username, key};
    }
    return false;
  };
  return {
    notes,
    offered,
    handler: (methods: string[] | null, _partial, next) => {
      if (methods === null) {
        next('none');
        return;
      }
      offered.splice(0, offered.length, ...methods);
      void choose(methods).then(
        (method) => next(method as AnyAuthMethod),
        (error: unknown) => {
          notes.push(asError(error).message);
          next(false as unknown as AnyAuthMethod);
        },
      );
    },
  };
}

/** @returns undefined when it cannot be used; `notes` then says why. */
async function openKey(login: Login & {type: 'key'}, notes: string[]): Promise<ParsedKey | undefined> {
  const {path, text, askPassphrase} = login;
  const key = parsePrivateKey(text);
  if (!(key instanceof Error)) return key;
  if (!key.message.includes('no passphrase given')) {
    notes.push(`The key ${path} cannot be used: ${key.message}.`);
    return undefined;
  }
  if (askPassphrase === undefined) {
    notes.push(`The key ${path} has a passphrase, and nobody can be asked: ssh-add ${path}`);
    return undefined;
  }
  for (let attempt = 1; attempt <= 3; attempt++) {
    const open = parsePrivateKey(text, await askPassphrase());
    if (!(open instanceof Error)) return open;
  }
  notes.push(`The passphrase of ${path} was wrong three times.`);
  return undefined;
}

function parsePrivateKey(text: string, passphrase?: string): ParsedKey | Error {
  const parsed: unknown = ssh2.utils.parseKey(text, passphrase);
  const key = (Array.isArray(parsed) ? parsed[0] : parsed) as ParsedKey | Error | undefined;
  if (key === undefined) return new Error('it holds no key');
  if (key instanceof Error || key.isPrivateKey()) return key;
  return new Error('it is a public key');
}

async function answerAll(
  questions: readonly {readonly prompt: string}[],
  ask: (prompt: string) => Promise<string>,
): Promise<string[]> {
  const answers: string[] = [];
  for (const {prompt} of questions) answers.push(await ask(prompt.trim().replace(/:$/, '')));
  return answers;
}
