import {writeFile} from 'node:fs/promises';
import {createServer, type IncomingHttpHeaders} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import t from 'tap';
import type {KubeClient, RawAnswer} from '../../src/kube/client.ts';
import {ConnectionError} from '../../src/kube/errors.ts';
import {directTransport, type ServiceProxy, serviceProxyTransport} from '../../src/prometheus/transport.ts';

const NOTHING = {caFile: '', bearerTokenFile: '', namespace: '', name: ''};
const asked: {readonly path: string | undefined; readonly headers: IncomingHttpHeaders}[] = [];
const server = createServer(({url, headers}, response) => {
  asked.push({path: url, headers});
  response.writeHead(422).end('an answer');
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
t.teardown(() => server.close());
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

t.test('asks below the URL of the configuration, and gives any answer as it is', async (t) => {
  for (const [root, path] of [
    [url, '/api/v1/query'],
    [`${url}/`, '/api/v1/query'],
    [`${url}/prometheus/`, '/prometheus/api/v1/query'],
  ] as const) {
    const {transport, close} = await directTransport({...NOTHING, url: root});
    t.strictSame(await transport('/api/v1/query'), {status: 422, text: 'an answer'});
    await close();
    t.equal(asked.at(-1)?.path, path);
    t.notOk(asked.at(-1)?.headers.authorization);
  }
});

t.test('the token is read again for each request, because it is renewed in its file', async (t) => {
  const bearerTokenFile = join(t.testdir(), 'token');
  await writeFile(bearerTokenFile, 'first\n');
  const {transport, close} = await directTransport({...NOTHING, url, bearerTokenFile});
  t.teardown(close);
  await transport('/a');
  t.equal(asked.at(-1)?.headers.authorization, 'Bearer first');
  await writeFile(bearerTokenFile, 'second');
  await transport('/b');
  t.equal(asked.at(-1)?.headers.authorization, 'Bearer second');
});

t.test('files that are not there are named, the CA’s before anything starts', async (t) => {
  const file = join(t.testdir(), 'none');
  await t.rejects(directTransport({...NOTHING, url, caFile: file}), {
    code: 'CONFIGURATION',
    message: `prometheus.caFile ${file}: cannot be read (ENOENT)`,
  });
  const {transport, close} = await directTransport({...NOTHING, url, bearerTokenFile: file});
  t.teardown(close);
  await t.rejects(transport('/a'), {message: `prometheus.bearerTokenFile ${file}: cannot be read (ENOENT)`});
});

t.test('a server that is away is unreachable, with the reason of the operating system', async (t) => {
  const {transport, close} = await directTransport({...NOTHING, url: 'http://127.0.0.1:1'});
  t.teardown(close);
  await t.rejects(transport('/a'), {
    code: 'unreachable',
    message: 'http://127.0.0.1:1 cannot be reached (ECONNREFUSED)',
  });
});

const PROXY: ServiceProxy = {namespace: 'm', service: 'p', port: 'web', https: false, routePrefix: ''};

function proxied(answer: Pick<RawAnswer, 'status' | 'text'> | Error, change: Partial<ServiceProxy> = {}) {
  const paths: string[] = [];
  const client = {
    async raw(path: string) {
      paths.push(path);
      if (answer instanceof Error) throw answer;
      return {...answer, date: undefined};
    },
  } as unknown as KubeClient;
  return {paths, transport: serviceProxyTransport(client, {...PROXY, ...change})};
}

t.test('asks through the API server’s proxy of a Service, below the prefix of its routes', async (t) => {
  const plain = proxied({status: 200, text: 'x'});
  t.strictSame(await plain.transport('/api/v1/query'), {status: 200, text: 'x'});
  const encrypted = proxied({status: 200, text: 'x'}, {https: true, routePrefix: '/prom'});
  await encrypted.transport('/api/v1/query');
  t.strictSame(
    [...plain.paths, ...encrypted.paths],
    [
      '/api/v1/namespaces/m/services/http:p:web/proxy/api/v1/query',
      '/api/v1/namespaces/m/services/https:p:web/proxy/prom/api/v1/query',
    ],
  );
});

t.test('what the API server refuses is told apart from what Prometheus answers', async (t) => {
  const noRight = 'services "http:p:web" is forbidden: User "x" cannot get resource "services/proxy" in API group ""';
  await t.rejects(proxied({status: 403, text: noRight}).transport('/a'), {
    code: 'refused',
    message: 'you may not use services/proxy in the namespace m',
  });
  t.match(await proxied({status: 403, text: 'of Prometheus itself'}).transport('/a'), {status: 403});
  await t.rejects(proxied({status: 503, text: 'no endpoints available'}).transport('/a'), {
    code: 'unreachable',
    message: 'the Service m/p has no pod that answers',
  });
  await t.rejects(proxied(new ConnectionError('GET /x', new Error('ECONNREFUSED'))).transport('/a'), {
    code: 'unreachable',
    message: 'GET /x: ECONNREFUSED',
  });
});
