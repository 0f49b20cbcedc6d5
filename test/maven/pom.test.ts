// Poms that several ask for.
import {expect, test} from 'vitest';
import {rememberPoms} from '../../src/maven/pom.ts';

const text = '<project><artifactId>a</artifactId></project>';

test('the same text is parsed once, wherever it lies', () => {
  const parse = rememberPoms();
  const pom = parse(text, 'pom.xml');
  expect(pom.artifactId).toBe('a');
  expect(parse(text, 'b/pom.xml')).toBe(pom);
  expect(parse(text.replace('>a<', '>b<'), 'pom.xml')).not.toBe(pom);
});

test('what is no pom is refused by the name it was asked for with, each time', () => {
  const parse = rememberPoms();
  expect(() => parse('<project>', 'a/pom.xml')).toThrow('a/pom.xml');
  expect(() => parse('<project>', 'b/pom.xml')).toThrow('b/pom.xml');
});
