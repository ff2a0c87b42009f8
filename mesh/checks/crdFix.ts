/**
 * Returns how to restore a CRD. An update only applies CRDs that it has not applied yet.
 */
export function applyCrdAgain(name: string): string {
  const file = `FOLDER/*-customresourcedefinition-${name}.yaml`;
  const flags = "--server-side --force-conflicts --field-manager=pulumi-service-mesh";
  return `apply it again, as the newest control plane has it: mesh manifest generate --stack STACK -o FOLDER, then kubectl apply ${flags} -f ${file}`;
}
