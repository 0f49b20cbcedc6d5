import {expect, test} from 'vitest';
import {readAssets, renderDocument, renderPolicy} from '../../src/page/document.ts';
import {planScale, planTicks, renderBar, renderTick, takeLane} from '../../src/page/drawing.ts';
import {html as make, renderId} from '../../src/page/html.ts';

test('what is put into a template is text, in content and in attributes', () => {
  const bad = `"><script>alert('1')</script>&`;
  expect(make`<p title="${bad}">${bad}</p>`.text).toBe(
    '<p title="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;">' +
      '&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;</p>',
  );
});

test('what a template made stays as it is; lists are joined; nothing is nothing', () => {
  const items = ['a', '<b>'].map((item) => make`<li>${item}</li>`);
  const nothing = [undefined, null, false];
  expect(make`<ul>${items}${nothing}${0}</ul>`.text).toBe('<ul><li>a</li><li>&lt;b&gt;</li>0</ul>');
});

test('of the lines of what is put in none is lost, of the template’s own indentation all', () => {
  const text = make`<pre>${'a\n   b'}</pre>
      <i>x</i>`;
  expect(text.text).toBe('<pre>a\n   b</pre>\n<i>x</i>');
});

test('control characters are shown and never written', () => {
  expect(make`${'a\u001b[31m\u0000\tb'}`.text).toBe('a\uFFFD[31m\uFFFD\tb');
});

test('two different texts never have one id', () => {
  const texts = ['a.b', 'a b', 'a#b', 'a_20_b', 'ä', 'a/b', 'A'];
  expect(new Set(texts.map((text) => renderId('x', text))).size).toBe(texts.length);
  for (const text of texts) expect(renderId('x', text)).toMatch(/^[\w.-]+$/);
});

test('the policy lets our style and script be, by their hashes, and nothing else', async () => {
  const assets = await readAssets();
  const policy = renderPolicy(assets, false);
  expect(policy).toMatch(
    /^default-src 'none'; style-src 'sha256-\S+='; script-src 'sha256-\S+='; img-src data:;/,
  );
  expect(policy).not.toContain('connect-src');
  expect(policy).not.toContain('unsafe');
  expect(renderPolicy(assets, true)).toContain("connect-src 'self'");
  const page = renderDocument(assets, {title: '</title><script>', content: '<b>', origin: ''});
  expect(page).toContain(`<style>${assets.style}</style>`);
  expect(page).toContain('<title>&lt;/title&gt;&lt;script&gt;</title>');
  expect(page.match(/<script/g)).toHaveLength(1);
});

test('a drawing: places are shares of the width, ticks are round, what overlaps gets lanes', () => {
  const scale = planScale(1_000, 101_000);
  expect(scale.place(26_000)).toBe(25);
  expect(planTicks(scale).map(renderTick)).toEqual(['0', '15s', '30s', '45s', '1m', '1m 15s', '1m 30s']);
  expect(planTicks(planScale(5, 5))).toEqual([0]);
  const bar = {startMs: 26_000, endMs: 51_000, y: 3, heightPx: 9, kind: 'maven'};
  const text = renderBar(scale, {...bar, title: '<x>'}).text.replaceAll('\n', ' ');
  expect(text).toContain('class="maven" x="25%" y="3" width="25%" height="9"');
  expect(text).toContain('<title>&lt;x&gt;</title>');
  const ends: number[] = [];
  expect([
    takeLane(ends, 0, 10),
    takeLane(ends, 5, 20),
    takeLane(ends, 10, 12),
    takeLane(ends, 11, 12),
  ]).toEqual([0, 1, 0, 2]);
});
