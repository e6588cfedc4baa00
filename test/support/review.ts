import type {AdmissionRequest} from '../../src/admission/review.ts';

/** A decoded creation of a TenantControlPlane. */
export function admissionRequest(changes: Partial<AdmissionRequest> = {}): AdmissionRequest {
  return {
    uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
    operation: 'CREATE',
    kind: 'TenantControlPlane',
    group: 'kamaji.clastix.io',
    subresource: '',
    name: 'alpha',
    namespace: 'tenants',
    dryRun: false,
    object: {},
    ...changes,
  };
}

/** An AdmissionReview as kube-apiserver sends it. */
export function admissionReview(object: unknown, request: Readonly<Record<string, unknown>> = {}): object {
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: {group: 'kamaji.clastix.io', version: 'v1alpha1', kind: 'TenantControlPlane'},
      resource: {group: 'kamaji.clastix.io', version: 'v1alpha1', resource: 'tenantcontrolplanes'},
      requestKind: {group: 'kamaji.clastix.io', version: 'v1alpha1', kind: 'TenantControlPlane'},
      requestResource: {group: 'kamaji.clastix.io', version: 'v1alpha1', resource: 'tenantcontrolplanes'},
      name: 'alpha',
      namespace: 'tenants',
      operation: 'CREATE',
      userInfo: {username: 'kubernetes-admin', groups: ['system:authenticated']},
      object,
      oldObject: null,
      dryRun: false,
      options: {kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1', fieldManager: 'kubectl-create'},
      ...request,
    },
  };
}
