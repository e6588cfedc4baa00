import {once} from 'node:events';
import {createServer} from 'node:https';
import type {AddressInfo} from 'node:net';
import {json} from 'node:stream/consumers';
import {patched} from '../../src/admission/review.ts';
import {issueServingCertificate} from '../../src/certificates/issue.ts';
import {stringAt} from '../../src/json.ts';

export interface RudeWebhook {
  /** A MutatingWebhookConfiguration that is called after ours, for creations of TenantControlPlanes in the namespace. */
  configuration(namespace: string): object;
  close(): void;
}

/** Somebody else's webhook, which replaces all annotations by its own. */
export async function startRudeWebhook(): Promise<RudeWebhook> {
  const {ca, certificate, privateKey} = await issueServingCertificate({
    dnsNames: [],
    ipAddresses: ['127.0.0.1'],
    now: new Date(),
    days: 1,
  });
  const server = createServer({cert: certificate, key: privateKey}, (request, response) => {
    void json(request).then((review) => {
      const value = {'rude.example/was': 'here'};
      const answer = patched(
        stringAt(review, 'request', 'uid') ?? '',
        [{op: 'add', path: '/metadata/annotations', value}],
        '',
      );
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  return {
    configuration: (namespace) => ({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: {name: 'zz-rude'},
      webhooks: [
        {
          name: 'annotations.rude.example',
          admissionReviewVersions: ['v1'],
          clientConfig: {url: `https://127.0.0.1:${port}/`, caBundle: Buffer.from(ca).toString('base64')},
          rules: [
            {
              apiGroups: ['kamaji.clastix.io'],
              apiVersions: ['*'],
              operations: ['CREATE'],
              resources: ['tenantcontrolplanes'],
            },
          ],
          namespaceSelector: {matchLabels: {'kubernetes.io/metadata.name': namespace}},
          failurePolicy: 'Fail',
          sideEffects: 'None',
        },
      ],
    }),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
