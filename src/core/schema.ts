// The only door to zod: it has to be told before the first schema is made that none is worth compiling.
import {config} from 'zod';

export * as z from 'zod';

// A schema of ours reads one file, of a few hundred entries at most: compiling takes longer than reading.
config({jitless: true});
