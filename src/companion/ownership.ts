import {MANAGED_BY, PRODUCT} from '../names.ts';
import type {Child} from './cached.ts';

/**
 * Whose an object is. Ours has our label, an owner reference with the TenantControlPlane's uid and no controller. An
 * object with our label and no owner at all was given to us by a person. All else is somebody's and is never touched.
 */
export type Ownership = {readonly whose: 'ours' | 'adoptable'} | {readonly whose: 'foreign'; readonly why: string};

export function ownership(child: Child, uid: string): Ownership {
  if (child.labels[MANAGED_BY] !== PRODUCT)
    return {whose: 'foreign', why: `it lacks the label ${MANAGED_BY}=${PRODUCT}`};
  const controller = child.owners.find((owner) => owner.controller);
  if (controller !== undefined) return {whose: 'foreign', why: `${controller.kind} ${controller.name} controls it`};
  if (child.owners.some((owner) => owner.uid === uid)) return {whose: 'ours'};
  if (child.owners.length === 0) return {whose: 'adoptable'};
  return {whose: 'foreign', why: 'it belongs to another owner'};
}
