// Holds a folder of parcels against Cloudera's own validator (cloudera/cm_ext, built outside of this repository):
//   node test/real/parcel-validator.mjs --validator <validator.jar> [--class-path <jars>] [--java <java>] <folder>
// <folder>: what `build-spark parcel` wrote. The validator is of Java 7; with 17 it wants JAXB besides (--class-path).
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {delimiter, join, resolve} from 'node:path';
import {parseArgs} from 'node:util';

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    validator: {type: 'string'},
    'class-path': {type: 'string'},
    java: {type: 'string', default: 'java'},
  },
});
const [given] = positionals;
if (values.validator === undefined || given === undefined) {
  console.error('usage: node test/real/parcel-validator.mjs --validator <validator.jar> <folder>');
  process.exit(2);
}
const folder = resolve(given);
const work = mkdtempSync(join(tmpdir(), 'parcel-validator-'));
const classPath = [resolve(values.validator), ...(values['class-path']?.split(delimiter) ?? [])].join(
  delimiter,
);
const version = spawnSync(values.java, ['-version'], {encoding: 'utf8'}).stderr;
const opens = version.includes('"1.') ? [] : ['--add-opens', 'java.base/java.lang=ALL-UNNAMED'];
let failed = 0;

/** @param {string} what @param {readonly string[]} words */
function validate(what, ...words) {
  const {status, stdout, stderr} = spawnSync(
    values.java,
    [...opens, '-cp', classPath, 'com.cloudera.cli.validator.Main', ...words],
    {encoding: 'utf8'},
  );
  // It warns without failing: of a system that it does not know, of an archive without gzip.
  const said = `${stdout}${stderr}`.split('\n').filter((line) => line.startsWith('==>'));
  const isGood = status === 0 && said.length === 0;
  if (!isGood) failed += 1;
  console.log(`${isGood ? 'ok    ' : 'FAILED'}  ${what}`);
  if (!isGood) console.log(`${stdout}${stderr}`.replace(/^/gm, '          '));
}

try {
  const names = readdirSync(folder).sort();
  validate('manifest.json', '-m', join(folder, 'manifest.json'));
  for (const name of names.filter((each) => each.endsWith('.parcel'))) {
    validate(name, '-f', join(folder, name));
    const out = join(work, name);
    execFileSync('mkdir', ['-p', out]);
    execFileSync('tar', ['-xzf', join(folder, name), '-C', out]);
    const [top = ''] = readdirSync(out);
    validate(`${name}, unpacked`, '-d', join(out, top));
    const meta = join(out, top, 'meta');
    validate(`${name}: parcel.json`, '-p', join(meta, 'parcel.json'));
    validate(`${name}: alternatives.json`, '-a', join(meta, 'alternatives.json'));
    validate(`${name}: permissions.json`, '-r', join(meta, 'permissions.json'));
    rmSync(out, {recursive: true});
  }
  for (const name of names.filter((each) => each.endsWith('.jar'))) {
    execFileSync('unzip', ['-qo', join(folder, name), '-d', join(work, name)]);
    validate(`${name}: service.sdl, strictly`, '-x', '-s', join(work, name, 'descriptor/service.sdl'));
  }
} finally {
  rmSync(work, {recursive: true, force: true});
}
process.exit(failed === 0 ? 0 : 1);
