import {isAsleep, obstacle} from '../tenant-control-plane.ts';
import {diagnoseAcceptance} from './acceptance.ts';
import {diagnoseCredential} from './credential.ts';
import {diagnoseDiscovery} from './discovery.ts';
import type {Evidence} from './evidence.ts';
import {about, type Finding} from './finding.ts';
import {diagnoseObjects} from './objects.ts';
import {diagnoseScrape} from './scrape.ts';
import {diagnoseSelection, informAboutScrapers} from './selection.ts';
import {hasTargets} from './targets.ts';

/**
 * What is wrong, first broken link only: what follows from it is not reported as well. A later link that works proves the
 * earlier ones, so a target that Prometheus has makes selection and acceptance certain.
 */
export function diagnose(evidence: Evidence): readonly Finding[] {
  const {tcp, decision} = evidence;
  if (!decision.monitored) {
    return decision.reason === 'annotation-invalid'
      ? [about('annotation-invalid', evidence, {value: `${tcp.enabled}`})]
      : [];
  }
  const hindrance = obstacle(tcp);
  if (hindrance !== undefined) return [about('cannot-be-monitored', evidence, {why: hindrance})];

  const links: readonly (() => readonly Finding[])[] = [
    () => diagnoseObjects(evidence),
    () => diagnoseCredential(evidence),
    ...(hasTargets(evidence.prometheus) ? [] : [() => diagnoseSelection(evidence), () => diagnoseAcceptance(evidence)]),
    () => (isAsleep(tcp) ? [about('asleep', evidence)] : []),
    ...(isAsleep(tcp) ? [] : [() => diagnoseDiscovery(evidence), () => diagnoseScrape(evidence)]),
  ];
  for (const diagnoseLink of links) {
    const findings = diagnoseLink();
    if (findings.length > 0) return findings;
  }
  return informAboutScrapers(evidence);
}
