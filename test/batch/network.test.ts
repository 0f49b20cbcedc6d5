import {expect, test} from 'vitest';
import {planGuestProxy, renderCommandEnvironment} from '../../src/batch/network.ts';
import {readProxies} from '../../src/core/proxies.ts';

test('without a proxy a machine is told of none, and what needs none is not told either', () => {
  expect(planGuestProxy({}, [])).toBeUndefined();
  expect(planGuestProxy(readProxies({no_proxy: 'example.com'}), [])).toBeUndefined();
});

test('a machine gets the proxies, and no_proxy also in the words of what knows no networks', () => {
  const proxies = readProxies({http_proxy: 'http://p:3128', no_proxy: '10.0.0.0/8,.example.com'});
  expect(planGuestProxy(proxies, ['http://10.1.2.3/maven'])).toMatchObject({
    http: 'http://p:3128',
    no: expect.stringContaining('example.com') as string,
    direct: expect.arrayContaining(['10.*', '*.example.com']) as string[],
  });
});

test('commands of this host take the proxy of the options, and keep the rest of the environment', () => {
  const env = renderCommandEnvironment({A: 'b', http_proxy: 'http://old:1'}, {proxy: 'http://new:2'});
  expect(env).toMatchObject({A: 'b', http_proxy: expect.stringContaining('new:2') as string});
});

test('a proxy that is of no use is refused where the options are read, not here', () => {
  const env = {http_proxy: 'ftp://x'};
  expect(renderCommandEnvironment(env, {})).toEqual(env);
});
